/**
 * What a page's address has to say: whether an experiment runs there, and where a variant leads.
 * Apart from `decide`, which takes it as an option: not every experiment asks for a page.
 */
import { testPattern } from '../conditions/pattern.js';
import type { UrlTarget } from './model.js';

/** Both take whole addresses; neither throws, and what is no address is no page. */
export interface Pages {
  isTargeted(address: string, targets: readonly UrlTarget[]): boolean;
  redirectTo(redirect: string, address: string): string | null;
}

export const pages: Pages = { isTargeted, redirectTo };

/** Whether a page is among the targets: matches one that includes (if any does), none that excludes. */
function isTargeted(address: string, targets: readonly UrlTarget[]): boolean {
  const url = parse(address, 'https://_');
  if (!url) return false;
  let isIn = targets.length > 0 && !targets.some(({ include }) => include);
  for (const { include, type, pattern } of targets) {
    const fits =
      type === 'simple'
        ? fitsSimple(url, pattern)
        : testPattern(pattern, url.href, false) ||
          testPattern(pattern, url.href.slice(url.origin.length), false);
    if (fits && !include) return false;
    isIn ||= fits;
  }
  return isIn;
}

/** What stands for `*` while a pattern is parsed as an address: `*` is no host everywhere. */
const ANYTHING = '_____';

function fitsSimple(url: URL, pattern: string): boolean {
  // A host without a protocol is a host, not a path.
  const text = pattern.replace(/^([^:/?]*)\./, 'https://$1.').replaceAll('*', ANYTHING);
  const expected = parse(text, `https://${ANYTHING}`);
  return (
    expected !== null &&
    fitsPart(url.host, expected.host) &&
    fitsPart(url.pathname, expected.pathname, '/?') &&
    (!expected.hash || fitsPart(url.hash, expected.hash)) &&
    [...expected.searchParams].every(([name, value]) =>
      fitsPart(url.searchParams.get(name) ?? '', value),
    )
  );
}

/** `slash`: what may stand around it. */
function fitsPart(actual: string, expected: string, slash = ''): boolean {
  const inner = slash ? expected.replace(/^\/|\/$/g, '') : expected;
  const escaped = inner.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(ANYTHING, '.*');
  return testPattern(`^${slash}${escaped}${slash}$`, actual, true);
}

/**
 * The address that a variant's redirect leads to from `address`: its own query, and what the page's
 * has beside that. Null where it leads nowhere: the page is there already, or it is no web address.
 */
function redirectTo(redirect: string, address: string): string | null {
  const from = parse(address);
  const to = parse(redirect, from?.href);
  if (!to || !/^https?:$/.test(to.protocol)) return null;
  const own = [...to.searchParams];
  const isThere =
    from?.origin === to.origin &&
    pathOf(from) === pathOf(to) &&
    own.every(([name, value]) => from.searchParams.get(name) === value);
  if (isThere) return null;
  for (const [name, value] of from?.searchParams ?? [])
    if (!own.some(([taken]) => taken === name)) to.searchParams.append(name, value);
  return to.href;
}

/** Servers add a slash to some addresses, and take it from others. */
function pathOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, '');
}

function parse(address: string, base?: string): URL | null {
  try {
    return new URL(address, base);
  } catch {
    return null;
  }
}
