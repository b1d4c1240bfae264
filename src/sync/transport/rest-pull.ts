/**
 * A listing, page by page. Where the backend tells changes by a cursor or a time, pulls
 * go on from there; where it does not, or does not tell what was deleted, everything is listed anew
 * now and then and taken as a difference.
 */
import type { PullLine, PullPage } from '../../protocol/index.js';
import { same } from '../same.js';
import { SyncError } from '../errors.js';
import { queryString } from './http.js';
import { refusal, type Send } from './rest-client.js';
import type { Endpoint, RemoteRow, RestPage } from './rest-entity.js';
import type { Call } from './transport.js';

/** Where pulling one entity stands: what its cursor says. */
interface Place {
  /** Pulls so far: the counter that ranges are told by. */
  n: number;
  /** When the last listing of everything began; ms by this device, to measure an interval only. */
  began: number;
  /** What to ask for the changes since; absent where only whole listings are to be had. */
  since?: string;
  /** The newest time seen, in ms. */
  newest?: number;
  /** How the backend writes times: ISO where absent; `T` or a space is that of ISO without a zone. */
  unit?: 's' | 'ms' | 'T' | ' ';
  /** The query of the next page of the listing under way. */
  next?: string;
  /** A larger page than usual: rows of one moment filled the last. */
  limit?: number;
  /** The backend tells of deletions. */
  removals?: boolean;
  /** The listing under way is complete. */
  done?: boolean;
}

const HOUR = 3_600_000;
const OVERLAP = 120_000;
/** Pages to one pull: a listing goes on in the next, so that what is to be pushed gets its turn. */
const PAGES = 10;

export async function* pullEntity(
  endpoint: Endpoint,
  cursor: string | null,
  send: Send,
  call: Call,
): AsyncGenerator<PullLine> {
  let place: Place = cursor ? JSON.parse(cursor) : { n: 0, began: call.clock.now() };
  if (place.done && isStale(place, endpoint, call)) {
    yield { reset: true, reason: 'relist' };
    return;
  }
  for (let i = 0; i < PAGES; i++) {
    const limit = place.limit ?? endpoint.limit;
    const page = await ask(endpoint, place, limit, send, call);
    if (page === 'expired') {
      yield { reset: true, reason: 'expired' };
      return;
    }
    const line = told(endpoint, place.n, page, call);
    const any = line.keys.length + line.removed.length > 0;
    if (any) yield line;
    const { more, ...next } = follow(place, page, limit, endpoint, call.clock.now());
    const to = any ? line.to : place.n;
    place = { ...next, n: to };
    yield { cursor: JSON.stringify(place), to, more, epoch: 'rest', durable: to };
    if (!more) return;
  }
}

/** Whether the backend lists the row, on whichever page. */
export async function isListed(
  endpoint: Endpoint,
  key: string,
  send: Send,
  call: Call,
): Promise<boolean> {
  let place: Place = { n: 0, began: call.clock.now() };
  for (;;) {
    const limit = place.limit ?? endpoint.limit;
    const page = await ask(endpoint, place, limit, send, call);
    if (page === 'expired') return false;
    for (const value of page.rows) {
      const found = endpoint.row(value);
      if (found?.row.id === key) return !found.deleted;
    }
    const { more, ...next } = follow(place, page, limit, endpoint, call.clock.now());
    if (!more) return false;
    place = next;
  }
}

async function ask(
  endpoint: Endpoint,
  { since, next }: Place,
  limit: number,
  send: Send,
  call: Call,
): Promise<RestPage | 'expired'> {
  const { query = defaultQuery } = endpoint.options;
  const search = next ?? queryString(query({ since: since ?? null, limit }));
  const answer = await send(call, 'GET', endpoint.path + search);
  const { status, foreign } = answer;
  if (status === 200 && !foreign) return endpoint.page(answer);
  const what = `GET ${endpoint.path} answered ${foreign ? 'no JSON' : status}.`;
  if (status === 408 || status === 425 || status >= 500) throw new SyncError('busy', what);
  // A cursor or a link that the backend no longer knows: from the beginning.
  const known = status === 410 ? since !== undefined || next !== undefined : next !== undefined;
  if (known && !foreign && status >= 400) return 'expired';
  // This one is not to be had; the others are.
  if (status >= 400 && !foreign)
    throw new SyncError('rejected', what, { problem: refusal(answer) });
  throw new SyncError('bad-answer', what);
}

function defaultQuery({ since, limit }: { since: string | null; limit: number }) {
  return { ...(since !== null && { since }), limit: `${limit}` };
}

/** Everything must be listed anew: there are no changes to ask for, or deletions go untold. */
function isStale({ since, began, removals }: Place, { options }: Endpoint, call: Call): boolean {
  if (since === undefined && !options.updatedAt) return true;
  const { relistMs = options.deleted || removals ? Infinity : HOUR } = options;
  return Math.abs(call.clock.now() - began) >= relistMs;
}

/** The page as the engine takes it. A row that is as known here keeps its version. */
function told(endpoint: Endpoint, from: number, { rows, removed = [] }: RestPage, call: Call) {
  const { collection } = endpoint;
  const page: PullPage & { etags: NonNullable<PullPage['etags']> } = {
    ...{ collection, from, to: from + 1, keys: [], versions: [], values: [] },
    ...{ removed: [], removedVersions: [], etags: [] },
  };
  const remove = (key: string) => {
    const { version, row } = call.known(collection, key);
    page.removed.push(key);
    page.removedVersions.push(row ? version + 1 : version);
  };
  // A row may be listed twice, when it moved between two pages.
  const last = new Map<string, RemoteRow>();
  for (const value of rows) {
    const remote = endpoint.row(value);
    if (!remote)
      throw new SyncError('bad-answer', `GET ${endpoint.path} answered a row without an id.`);
    last.set(remote.row.id, remote);
  }
  for (const { row, etag, deleted } of last.values()) {
    if (deleted) {
      remove(row.id);
      continue;
    }
    const known = call.known(collection, row.id);
    const unchanged =
      same(known.row, row) && (etag === undefined || etag === known.etag) && known.version > 0;
    const { id, ...value } = row;
    page.keys.push(id);
    page.versions.push(unchanged ? known.version : known.version + 1);
    page.values.push(value);
    page.etags.push(unchanged ? known.etag : etag);
  }
  for (const id of removed) remove(String(id));
  return page;
}

/** Where the next pull goes on. */
function follow(
  place: Place,
  page: RestPage,
  limit: number,
  endpoint: Endpoint,
  now: number,
): Place & { more: boolean } {
  const { n, began, since, newest, unit } = place;
  const removals = place.removals || page.removed !== undefined;
  const kept: Place = { n, began, ...(removals && { removals }) };
  const { updatedAt, overlapMs = OVERLAP } = endpoint.options;

  if (page.cursor !== undefined) {
    const more = page.more ?? (page.next !== undefined || page.rows.length >= limit);
    if (more && page.cursor === since)
      throw new SyncError('bad-answer', `GET ${endpoint.path}: more to come, but the same cursor.`);
    return { ...kept, since: page.cursor, done: !more, more };
  }

  const next = page.next === undefined ? undefined : queryOf(page.next, endpoint);
  const here = updatedAt === undefined ? {} : seen(page, updatedAt);
  const latest = Math.max(newest ?? -Infinity, here.newest ?? -Infinity);
  const style = here.unit ?? unit;
  const times: Place = {
    ...kept,
    ...(Number.isFinite(latest) && { newest: latest }),
    ...(style && { unit: style }),
  };
  if (next !== undefined)
    return { ...times, ...(since !== undefined && { since }), next, more: true };
  // Where links lead on, the page without one is the last.
  const open = place.next === undefined && page.more !== false;
  const full = page.rows.length === limit;
  if (open && (full || page.more)) {
    // On from the last moment of this page. One full of a single moment may have been cut, as one
    // without times: then twice as much is asked for.
    const from = here.newest === undefined ? since : written(here.newest - 1, style);
    if (from === since && !full) throw noWayOn(endpoint);
    return {
      ...times,
      ...(from !== undefined && { since: from }),
      ...(from === since && { limit: limit * 2 }),
      more: true,
    };
  }
  // A row dated in the future must not hide what is written until then.
  const from = Number.isFinite(latest) && written(Math.min(latest, now) - overlapMs, style);
  return { ...times, ...(from && { since: from }), done: true, more: false };
}

/** Only the query of a link counts, so that none leads anywhere else. */
function queryOf(link: string, endpoint: Endpoint): string {
  const at = link.indexOf('?');
  if (at < 0) throw noWayOn(endpoint);
  return link.slice(at).split('#')[0]!;
}

/** Rows that nobody can ask for are not gone: nothing of this listing may count as all of it. */
function noWayOn({ path }: Endpoint): SyncError {
  const what = `GET ${path} says that there is more, but no cursor or link to ask for it by`;
  return new SyncError('bad-answer', `${what}: give it \`query\` and \`page\`.`);
}

/** The newest time on a page, and how it is written. */
function seen({ rows }: RestPage, member: string): Pick<Place, 'newest' | 'unit'> {
  const result: Pick<Place, 'newest' | 'unit'> = {};
  for (const row of rows) {
    const time: unknown = (row as Record<string, unknown>)[member];
    let ms: number;
    if (typeof time === 'number') {
      // Seconds or milliseconds: no date of ours is before 1973 in the one or after 5138 in the other.
      result.unit = time < 1e11 ? 's' : 'ms';
      ms = time * (result.unit === 's' ? 1000 : 1);
    } else {
      const text = String(time);
      const zoneless = /^\d{4}-\d\d-\d\d([T ])\d\d:\d\d[\d:.]*$/.exec(text)?.[1];
      if (zoneless) result.unit = zoneless as 'T' | ' ';
      // Whatever zone the backend means, it gets it back as it was.
      ms = Date.parse(zoneless ? `${text.replace(' ', 'T')}Z` : text);
    }
    if (Number.isFinite(ms)) result.newest = Math.max(result.newest ?? ms, ms);
  }
  return result;
}

function written(ms: number, unit: Place['unit']): string {
  if (unit === 'ms') return `${ms}`;
  if (unit === 's') return `${Math.floor(ms / 1000)}`;
  const iso = new Date(ms).toISOString();
  return unit ? iso.replace('T', unit).replace(/(\.000)?Z$/, '') : iso;
}
