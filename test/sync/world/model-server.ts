/**
 * The server's rules in memory, behind `fetch`: the wire protocol with its counter, versions,
 * idempotency and tombstones, so that real engines with the real transport can be tested in a
 * browser and under simulated faults. test/e2e runs the same story against the server itself.
 */
import {
  problem,
  type JsonObject,
  type PushResult,
  type WireMutation,
} from '../../../src/protocol/index.js';

interface ServerRow {
  collection: string;
  key: string;
  version: number;
  seq: number;
  value: JsonObject | null;
}

export class ModelServer {
  readonly rows = new Map<string, ServerRow>();
  /** Events by id. */
  readonly events = new Map<string, JsonObject>();
  seq = 0;
  epoch = 'e1';
  /** Requests seen, as `METHOD path`. */
  readonly requests: string[] = [];
  /** The `seq`s of the workspace's mutations in the order they were applied. */
  readonly applied: string[] = [];
  /** Answers instead of the server's own, one a request. */
  readonly nextAnswers: Response[] = [];
  /** Mutations with this answer are refused. */
  refuse: (mutation: WireMutation) => boolean = () => false;
  pullLimit = 1000;
  readonly #answers = new Map<string, { body: string; result: PushResult }>();
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();

  row(collection: string, key: string): JsonObject | null {
    return this.rows.get(`${collection}/${key}`)?.value ?? null;
  }

  /** A change by somebody else. */
  write(collection: string, key: string, value: JsonObject | null): void {
    const known = this.rows.get(`${collection}/${key}`);
    this.#set(collection, key, (known?.version ?? 0) + 1, value);
    this.hint();
  }

  hint(): void {
    const text = `event: hint\ndata: ${JSON.stringify({ seq: this.seq })}\n\n`;
    for (const stream of this.#streams) stream.enqueue(new TextEncoder().encode(text));
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  async fetch(input: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(input, 'http://model');
    const path = url.pathname.replace('/v1', '');
    this.requests.push(`${init.method ?? 'GET'} ${path}`);
    const prepared = path === '/sync/live' ? undefined : this.nextAnswers.shift();
    if (prepared) return prepared;
    switch (path) {
      case '/sync/push':
        return this.#push(JSON.parse(init.body as string));
      case '/sync/pull':
        return this.#pull(url.searchParams);
      case '/sync/live':
        return this.#live(init.signal ?? null);
      case '/events':
        return this.#events(JSON.parse(init.body as string));
      default:
        return Response.json(problem('not-found'), { status: 404 });
    }
  }

  #push({ client, mutations }: { client: string; mutations: WireMutation[] }): Response {
    const results = mutations.map((mutation) => {
      const id = `${client}/${mutation.id}`;
      const body = JSON.stringify(mutation);
      const first = this.#answers.get(id);
      if (first)
        return first.body === body
          ? first.result
          : { id: mutation.id, outcome: 'rejected' as const, problem: problem('id-reused') };
      const result = this.#apply(mutation);
      this.#answers.set(id, { body, result });
      return result;
    });
    this.hint();
    return Response.json({ results });
  }

  #apply({ id, collection, key, op, base, value, patch, seq }: WireMutation): PushResult {
    if (this.refuse({ id, collection, key, op, base, value: value!, patch: patch!, seq, at: '' }))
      return { id, outcome: 'rejected', problem: problem('invalid', 'The title is missing.') };
    const row = this.rows.get(`${collection}/${key}`);
    const version = row?.version ?? 0;
    if (version !== base)
      return { id, outcome: 'conflict', row: { version, value: row?.value ?? null } };
    if (op === 'update' && !row?.value)
      return { id, outcome: 'rejected', problem: problem('not-found') };
    const next = op === 'delete' ? null : op === 'update' ? { ...row!.value, ...patch } : value!;
    this.#set(collection, key, version + 1, next);
    this.applied.push(`${op} ${key}`);
    return { id, outcome: 'applied', version: version + 1 };
  }

  #set(collection: string, key: string, version: number, value: JsonObject | null): void {
    const row = { collection, key, version, seq: ++this.seq, value };
    this.rows.set(`${collection}/${key}`, row);
  }

  #pull(query: URLSearchParams): Response {
    const [epoch, at] = (query.get('cursor') ?? `${this.epoch}:0`).split(':');
    if (epoch !== this.epoch) return ndjson([{ reset: true, reason: 'epoch' }]);
    const from = Number(at);
    const collections = query.get('collections')!.split(',');
    const changed = [...this.rows.values()]
      .filter((row) => row.seq > from && collections.includes(row.collection))
      .sort((a, b) => a.seq - b.seq);
    const page = changed.slice(0, this.pullLimit);
    const more = changed.length > page.length;
    const to = more ? page.at(-1)!.seq : this.seq;
    const lines: unknown[] = collections.flatMap((collection) => {
      const rows = page.filter((row) => row.collection === collection);
      const alive = rows.filter((row) => row.value);
      if (!rows.length) return [];
      return {
        collection,
        from,
        to,
        keys: alive.map((row) => row.key),
        versions: alive.map((row) => row.version),
        values: alive.map((row) => row.value),
        removed: rows.filter((row) => !row.value).map((row) => row.key),
      };
    });
    const end = { cursor: `${this.epoch}:${to}`, to, more, epoch: this.epoch, durable: this.seq };
    return ndjson([...lines, end]);
  }

  #live(signal: AbortSignal | null): Response {
    let stream!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
        this.#streams.add(controller);
      },
      cancel: () => void this.#streams.delete(stream),
    });
    signal?.addEventListener('abort', () => {
      if (this.#streams.delete(stream)) stream.error(signal.reason);
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }

  #events({ events }: { events: (JsonObject & { id: string })[] }): Response {
    const results = events.map((event) => {
      const known = this.events.has(event.id);
      this.events.set(event.id, event);
      return { id: event.id, outcome: known ? 'duplicate' : 'applied' };
    });
    return Response.json({ results });
  }
}

function ndjson(lines: unknown[]): Response {
  return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
