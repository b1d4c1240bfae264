/**
 * `$regex` in live queries: the browser's own matcher, for the patterns are the app's own. Those of
 * targeting come from a server and are judged in linear time, see `conditions/pattern.ts`.
 */
export function testPattern(pattern: unknown, text: unknown, ignoreCase: boolean): boolean {
  if (typeof pattern !== 'string' || (typeof text === 'object' && text !== null)) return false;
  try {
    return new RegExp(pattern, ignoreCase ? 'i' : '').test(String(text));
  } catch {
    return false;
  }
}
