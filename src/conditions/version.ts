/**
 * A string that sorts as the version does: numeric parts padded, build metadata and a leading `v`
 * dropped, and `~` (after every letter) where a three-part version has no pre-release, so that
 * `1.0.0-beta` < `1.0.0`. What is no version counts as `0`.
 */
export function comparableVersion(version: unknown): string {
  const text = ['number', 'string'].includes(typeof version) ? String(version) : '';
  const parts = (text || '0').replace(/^v/, '').replace(/\+.*$/, '').split(/[-.]/);
  if (parts.length === 3) parts.push('~');
  return parts.map((part) => (/^\d+$/.test(part) ? part.padStart(5) : part)).join('-');
}
