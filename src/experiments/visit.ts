/** What an exposure says of the page it was met on. Nothing that a visitor typed. */

import { queryOf } from './address.js';

/** Characters that the server takes at most. */
const LONGEST = { page: 500, source: 100 };

/** Written into every exposure; `package.json` has the same version. */
export const SDK = 'bytelyst/0.1.0';

export interface Visit {
  page?: string;
  source?: string;
}

/** `url`: the page's address; `referrer`: that of the page which led to it, '' where none did. */
export function visitTo(url: string, referrer = globalThis.document?.referrer): Visit {
  const page = url.replace(/[?#].*$/s, '').slice(0, LONGEST.page);
  const source = (queryOf(url).get('utm_source') || linkedFrom(url, referrer))?.slice(
    0,
    LONGEST.source,
  );
  return { ...(page && { page }), ...(source && { source }) };
}

/** The other site's host; undefined within the same site, which says nothing of how it began. */
function linkedFrom(url: string, referrer: string | undefined): string | undefined {
  if (referrer === '') return 'direct';
  const host = (address = ''): string | undefined => /^https?:\/\/([^/?#]+)/.exec(address)?.[1];
  const from = host(referrer);
  return from === host(url) ? undefined : from;
}
