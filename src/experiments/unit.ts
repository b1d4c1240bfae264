/** A unit that can be recorded: text of 1 to 128 characters, or a number. */
export function asUnit(value: unknown): string | null {
  const text = Number.isFinite(value) ? String(value) : value;
  return typeof text === 'string' && /^[^\u0000-\u001f]{1,128}$/.test(text) ? text : null;
}
