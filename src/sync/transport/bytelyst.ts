/** The wire protocol of our own server (src/protocol), rows and events alike. */
import {
  isEventsResponse,
  isPullEnd,
  isPullPage,
  isPullReset,
  isPushResponse,
  limits,
  type EventsResponse,
  type PullLine,
  type PushResult,
  type Standing,
  type WireEvent,
  type WireMutation,
} from '../../protocol/index.js';
import { bytesOf } from '../copy.js';
import { invalid } from '../errors.js';
import { badAnswer, lines, queryString, readJson, request } from './http.js';
import type { Call, Transport } from './transport.js';

export interface BytelystTransportOptions {
  /** Where the server's API is, e.g. `/v1` or `https://app.example/v1`. */
  url: string;
  /** Sent as `Authorization: Bearer`; a function is asked every time. Absent: the session cookie. */
  token?: string | (() => string | Promise<string>);
}

/** Collections that are events: they go to `APPEND`, where a write key is enough. */
const EVENTS: Readonly<Record<string, WireEvent['type']>> = {
  exposures: 'exposure',
  conversions: 'conversion',
  identifies: 'identify',
};

/** No word in it that lists of what browsers should block know, as they know `/v1/events`. */
const APPEND = '/sync/append';

/**
 * Bytes of a request that outlives its page: browsers take 64 KB of all such requests together
 * (Fetch §4.6, “inflightKeepaliveBytes”).
 */
const LAST_WORDS = 60_000;

/** Characters of a pull's line: 1,000 rows of a stretch, each as large as it may be. */
const LONGEST_PAGE = 65e6;
/** Of a live stream's: it tells a number. */
const LONGEST_HINT = 1_000;

export function bytelystTransport(options: BytelystTransportOptions): Transport {
  if (typeof options?.url !== 'string') throw invalid('Say where the server is: { url: "/v1" }.');
  const url = options.url.replace(/\/$/, '');

  const headers = async (more: Record<string, string>) => {
    const token = typeof options.token === 'function' ? await options.token() : options.token;
    return token === undefined ? more : { ...more, authorization: `Bearer ${token}` };
  };

  const posted = async (body: unknown): Promise<RequestInit> => ({
    method: 'POST',
    headers: await headers({ 'content-type': 'application/json' }),
    body: JSON.stringify(body),
  });

  const post = async (path: string, body: unknown, call: Call): Promise<unknown> => {
    const response = await request(url + path, await posted(body), call);
    return readJson(response, call);
  };

  return {
    lane: (collection) => (collection in EVENTS ? 'events' : 'rows'),

    async push(mutations, call) {
      if (mutations.every(({ collection }) => collection in EVENTS))
        return pushEvents(mutations, call);
      const { client, epoch, earlier } = call;
      const body = { client, ...(epoch && { epoch }), ...(earlier && { earlier }), mutations };
      const answer = await post('/sync/push', body, call);
      if (!isPushResponse(answer, mutations)) throw badAnswer();
      return withStanding(answer.results, answer, call);
    },

    depart(mutations, { fetch, clock }) {
      let bytes = 0;
      const events = mutations
        .filter(({ collection }) => collection in EVENTS)
        .slice(0, limits.events)
        .map(eventOf)
        .filter((event) => (bytes += bytesOf(JSON.stringify(event)) + 1) <= LAST_WORDS);
      if (!events.length) return;
      void posted({ sentAt: clock.now(), events })
        .then((init) => fetch(url + APPEND, { ...init, keepalive: true }))
        .catch(() => {});
    },

    standing: (call) => sendEvents([], call),

    async *pull(cursor, collections, call, scopes) {
      const query = queryString({
        collections: collections.join(','),
        scopes: Object.keys(scopes).length ? JSON.stringify(scopes) : null,
        cursor: cursor || null,
      });
      const init = { headers: await headers({ accept: 'application/x-ndjson' }) };
      const response = await request(`${url}/sync/pull${query}`, init, call);
      for await (const line of lines(response, call, LONGEST_PAGE)) {
        if (line) yield parseLine(line);
      }
    },

    async live(collections, call, hint) {
      const query = queryString({ collections: collections.join(',') });
      const init = { headers: await headers({ accept: 'text/event-stream' }) };
      const response = await request(`${url}/sync/live${query}`, init, call);
      let wait: number | undefined;
      for await (const line of lines(response, call, LONGEST_HINT)) {
        if (line.startsWith('data:')) hint();
        else if (line.startsWith('retry:')) wait = Math.min(parseInt(line.slice(6)) || 0, 60_000);
      }
      return wait;
    },
  };

  async function sendEvents(events: { id: string }[], call: Call): Promise<EventsResponse> {
    const answer = await post(APPEND, { sentAt: call.clock.now(), events }, call);
    const ids = events.map(({ id }) => id);
    if (!isEventsResponse(answer, ids)) throw badAnswer();
    return answer;
  }

  async function pushEvents(mutations: WireMutation[], call: Call): Promise<PushResult[]> {
    const answer = await sendEvents(mutations.map(eventOf), call);
    const results = answer.results.map((result, i): PushResult =>
      result.outcome === 'rejected'
        ? { ...result, id: mutations[i]!.id }
        : { id: mutations[i]!.id, outcome: 'applied', version: 1 },
    );
    return withStanding(results, answer, call);
  }
}

function eventOf({ collection, key, value }: Pick<WireMutation, 'collection' | 'key' | 'value'>): {
  id: string;
} {
  return Object.assign({ ...value }, { type: EVENTS[collection], id: key });
}

/** What a restored backup may lack is marked as such; and the epoch, before the first pull tells it. */
function withStanding(
  results: PushResult[],
  { epoch, seq, durable }: Standing,
  call: Call,
): PushResult[] {
  const known = call.epoch ? results : results.map((r) => ({ ...r, epoch }));
  if (durable >= seq) return known;
  const undurable = { epoch, seq };
  return known.map((r) => (r.outcome === 'applied' ? { ...r, undurable } : r));
}

function parseLine(line: string): PullLine & { text?: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw badAnswer(cause);
  }
  if (isPullPage(value)) return { ...value, text: line };
  if (isPullEnd(value) || isPullReset(value)) return value;
  throw badAnswer();
}
