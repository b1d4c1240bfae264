/**
 * The variant that `?<key>=<index>` asks for, for a look at each variant before it counts; null
 * where the URL asks for none of the `count` there are.
 */
export function queryOverride(key: string, url: string, count: number): number | null {
  const query = /^[^#?]*\?([^#]*)/.exec(url)?.[1];
  if (query === undefined) return null;
  const value = new URLSearchParams(query).get(key);
  if (value === null || !/^\d{1,3}$/.test(value)) return null;
  const index = Number(value);
  return index < count ? index : null;
}
