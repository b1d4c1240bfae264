/**
 * What a page's address has to say: whether an experiment runs there, and where a variant leads.
 * Apart from `decide`, which takes it as an option: not every experiment asks for a page.
 */
import { testPattern } from '../conditions/pattern.js';
import type { UrlTarget } from './model.js';
import { fitsSimple, isAmong } from './targets.js';

/** Both take whole addresses; neither throws, and what is no address is no page. */
export interface Pages {
  isTargeted(address: string, targets: readonly UrlTarget[]): boolean;
  redirectTo(redirect: string, address: string): string | null;
}

export const pages: Pages = { isTargeted, redirectTo };

/** What all patterns of one experiment may take; no import, for what fetches this late. */
const MAX_STEPS = 100_000;

/** The answer for the address that was asked for last: a page asks for all its variants. */
const last = new WeakMap<readonly UrlTarget[], { address: string; isIn: boolean }>();

/**
 * Whether a page is among the targets (see `isAmong`). A pattern that can't be judged (see
 * `conditions/pattern.ts`) leaves every page out.
 */
function isTargeted(address: string, targets: readonly UrlTarget[]): boolean {
  const known = last.get(targets);
  if (known?.address === address) return known.isIn;
  const url = parse(address, 'https://_');
  let isIn = false;
  try {
    isIn = url !== null && isHere(url, targets);
  } catch {
    // Whether it is meant can't be said.
  }
  last.set(targets, { address, isIn });
  return isIn;
}

function isHere(url: URL, targets: readonly UrlTarget[]): boolean {
  const steps = { left: MAX_STEPS };
  return isAmong(targets, ({ type, pattern }) =>
    type === 'simple'
      ? fitsSimple(url, pattern)
      : testPattern(pattern, url.href, false, steps) ||
        testPattern(pattern, url.href.slice(url.origin.length), false, steps),
  );
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
