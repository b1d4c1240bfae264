/**
 * Which pages an experiment runs on. Targets of type `simple` are judged without the matcher of regular
 * expressions: the inline script has no room for it.
 */
import type { UrlTarget } from './model.js';

/**
 * Whether a page is among the targets: fits one that includes (if any does), none that excludes.
 *
 * @param fits whether the page fits a target
 */
export function isAmong(
  targets: readonly UrlTarget[],
  fits: (target: UrlTarget) => boolean,
): boolean {
  const including = targets.filter(({ include }) => include);
  const isIn = including[0] ? including.some(fits) : targets.length > 0;
  return isIn && !targets.some((target) => !target.include && fits(target));
}

/** What stands for `*` while a pattern is parsed as an address: `*` is no host everywhere. */
const ANYTHING = '_____';

/** Whether a page fits a pattern of type `simple`; what is no address fits none. */
export function fitsSimple(url: URL, pattern: string): boolean {
  try {
    // A host without a protocol is a host, not a path.
    const text = pattern.replace(/^([^:/?]*)\./, 'https://$1.').replaceAll('*', ANYTHING);
    const { host, pathname, hash, searchParams } = new URL(text, `https://${ANYTHING}`);
    const path = pathname.replace(/\/$/, '');
    return (
      fits(url.host, host) &&
      // A slash at the end may be there or not; that of `/a/*` is inside, and has to be.
      (fits(url.pathname, path) || fits(url.pathname, `${path}/`)) &&
      (!hash || fits(url.hash, hash)) &&
      [...searchParams].every(([name, value]) => fits(url.searchParams.get(name) ?? '', value))
    );
  } catch {
    return false;
  }
}

/** Half a character, which no part of an address has. */
const EDGE = '\ud800';

/** Whether a text has the pattern's parts in their order, the first and the last at its edges. */
function fits(text: string, pattern: string): boolean {
  const [actual, expected] = [text, pattern].map((one) => (EDGE + one + EDGE).toLowerCase());
  let from = 0;
  return expected!.split(ANYTHING).every((part) => {
    const at = actual!.indexOf(part, from);
    from = at + part.length;
    return at >= 0;
  });
}
