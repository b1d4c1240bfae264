/**
 * Variants that whoever works on a page wants to see: in this tab, on all its pages, until they say
 * otherwise or close it. Nobody takes part by them.
 */
import { isObject } from '../protocol/json.js';
import { attempt } from './attempt.js';

const KEY = 'bytelyst-forced';

export type Forced = Readonly<Record<string, string>>;

/** What is forced in this tab. */
export function forcedHere(): Forced {
  const kept: unknown = attempt(() => JSON.parse(sessionStorage.getItem(KEY) ?? 'null'));
  return isObject(kept) ? (kept as Forced) : {};
}

/** Keeps what is forced for the tab’s next pages; where it can’t be kept, it holds for this one. */
export function keepForced(forced: Forced): void {
  attempt(() => sessionStorage.setItem(KEY, JSON.stringify(forced)));
}
