/** How an item's address has to fit the current one: equal, equal or above it, or never. */
export type Match = 'exact' | 'prefix' | 'none';

/**
 * How well `href` fits `here`: 0 when it does not, else the larger the more of the address it
 * explains. A prefix ends at a slash, in the path or in a hash of routes (`#/a/b`); the root
 * is only itself, or it would be above everything.
 */
export function fit(href: URL, here: URL, match: Match): number {
  if (match === 'none' || href.origin !== here.origin) return 0;
  for (const [name, value] of href.searchParams) {
    if (here.searchParams.get(name) !== value) return 0;
  }
  const path = fitPart(trim(href.pathname), trim(here.pathname), match);
  if (href.hash === '' || path === 0) return path;
  if (trim(href.pathname) !== trim(here.pathname)) return 0;
  const hash = fitPart(trim(href.hash), trim(here.hash), match);
  return hash === 0 ? 0 : path + hash;
}

function fitPart(part: string, whole: string, match: Match): number {
  if (part === whole) return part.length + 2;
  if (match === 'exact' || part === '' || part === '#') return 0;
  return whole.startsWith(`${part}/`) ? part.length + 1 : 0;
}

function trim(path: string): string {
  return path.replace(/\/+$/, '');
}
