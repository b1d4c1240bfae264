/**
 * The server's rules in memory, behind `fetch`: the wire protocol with its counter, versions,
 * idempotency and tombstones, so that real engines with the real transport can be tested in a
 * browser and under simulated faults. test/server/model.test.ts holds it to the server itself.
 */
import {
  inScope,
  limits,
  problem,
  type JsonObject,
  type PullEnd,
  type PullPage,
  type PullReset,
  type PushRequest,
  type PushResponse,
  type PushResult,
  type Scopes,
  type WireMutation,
} from '../../../src/protocol/index.js';

interface ServerRow {
  collection: string;
  key: string;
  version: number;
  seq: number;
  value: JsonObject | null;
}

/** What a dump of the database holds. */
export interface Backup {
  rows: ServerRow[];
  events: [id: string, event: JsonObject][];
  seq: number;
  answers: [id: string, answer: Answer][];
}

/** The backup of a server that had nothing yet. */
export const EMPTY: Backup = { rows: [], events: [], seq: 0, answers: [] };

interface Answer {
  body: string;
  result: PushResult;
}

export class ModelServer {
  readonly rows = new Map<string, ServerRow>();
  /** Events by id. */
  readonly events = new Map<string, JsonObject>();
  seq = 0;
  /** The life of the database: another one after `restore`. */
  epoch = 'e1';
  /** Whether what is stored survives a power cut; else `durable` is where the last backup stands. */
  onDisk = true;
  /** Collections that this user may not read. */
  readonly forbidden = new Set<string>();
  /** The next cursor that is named is too old. */
  expired = false;
  /** Breaks the next pull off after so many stretches. */
  cutAfter: number | null = null;
  /** Requests seen, as `METHOD path`. */
  readonly requests: string[] = [];
  /** The `seq`s of the workspace's mutations in the order they were applied. */
  readonly applied: string[] = [];
  /** Answers instead of the server's own, one a request. */
  readonly nextAnswers: Response[] = [];
  /** Mutations that do not fit, once it is clear that their base is right. */
  refuse: (mutation: WireMutation) => boolean = () => false;
  /** Events are too old, or of a phase that is over. */
  refuseEvents = false;
  /** Answers a mutation in the server's place. */
  answer: (mutation: WireMutation) => PushResult | undefined = () => undefined;
  /** Sees every push before it is answered. */
  onPush: (mutations: WireMutation[]) => void = () => {};
  /** Rows of a stretch. */
  pullLimit: number = limits.stretchRows;
  #dumped = 0;
  /** The number that the last events were promised: a backup moves the counter on to it. */
  #promised = 0;
  readonly #answers = new Map<string, Answer>();
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();

  row(collection: string, key: string): JsonObject | null {
    return this.rows.get(`${collection}/${key}`)?.value ?? null;
  }

  /** A change by somebody else. */
  write(collection: string, key: string, value: JsonObject | null): void {
    const known = this.rows.get(`${collection}/${key}`);
    const row = { collection, key, version: (known?.version ?? 0) + 1, seq: ++this.seq, value };
    this.rows.set(`${collection}/${key}`, row);
    this.hint();
  }

  backup(): Backup {
    this.seq = Math.max(this.seq, this.#promised);
    this.#dumped = this.seq;
    const rows = [...this.rows.values()].map((row) => ({ ...row }));
    return { rows, events: [...this.events], seq: this.seq, answers: [...this.#answers] };
  }

  /** The database as it was, in a new life: what was accepted since the backup is gone. */
  restore({ rows, events, seq, answers }: Backup = EMPTY): void {
    this.rows.clear();
    this.events.clear();
    for (const [id, event] of events) this.events.set(id, event);
    for (const row of rows) this.rows.set(`${row.collection}/${row.key}`, { ...row });
    this.seq = this.#dumped = this.#promised = seq;
    this.#answers.clear();
    for (const [id, answer] of answers) this.#answers.set(id, answer);
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`;
    this.endStreams();
  }

  hint(): void {
    this.say(hint(this.seq));
  }

  /** On every live stream. */
  say(text: string): void {
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
    if (path === '/sync/push') this.onPush(JSON.parse(init.body as string).mutations);
    const prepared = path === '/sync/live' ? undefined : this.nextAnswers.shift();
    if (prepared) return prepared;
    switch (path) {
      case '/sync/push':
        return this.#push(JSON.parse(init.body as string));
      case '/sync/pull':
        return this.#pull(url.searchParams);
      case '/sync/live':
        return this.#live(init.signal ?? null);
      case '/sync/append':
        return this.#events(JSON.parse(init.body as string));
      default:
        return Response.json(problem('not-found'), { status: 404 });
    }
  }

  #push({ client, epoch, earlier = false, mutations }: PushRequest): Response {
    if (epoch !== undefined && epoch !== this.epoch)
      return Response.json(problem('epoch-changed'), { status: 409 });
    const changed = new Set<string>();
    const results = mutations.map(
      (mutation) => this.answer(mutation) ?? this.#answer(client, mutation, earlier, changed),
    );
    // A transaction tells each row once, however often it changed.
    for (const address of changed) this.rows.get(address)!.seq = ++this.seq;
    if (changed.size) this.hint();
    const { seq } = this;
    const response: PushResponse = {
      results,
      epoch: this.epoch,
      seq,
      durable: this.onDisk ? seq : this.#dumped,
    };
    return Response.json(response);
  }

  #answer(
    client: string,
    mutation: WireMutation,
    earlier: boolean,
    changed: Set<string>,
  ): PushResult {
    const id = `${client}/${mutation.id}`;
    const body = contentOf(mutation);
    const first = this.#answers.get(id);
    if (first && first.body !== body)
      return { id: mutation.id, outcome: 'rejected', problem: problem('id-reused') };
    if (first) return first.result;
    // Made in an earlier life of the database: its base means nothing in this one.
    if (earlier) return { id: mutation.id, outcome: 'conflict', row: this.#current(mutation) };
    const tooLarge = new TextEncoder().encode(body).length > limits.mutationBytes;
    const result: PushResult = tooLarge
      ? { id: mutation.id, outcome: 'rejected', problem: problem('payload-too-large') }
      : this.#apply(mutation, changed);
    // A rejection has no effect that could happen twice; it may be tried again.
    if (result.outcome !== 'rejected') this.#answers.set(id, { body, result });
    return result;
  }

  #current({ collection, key }: WireMutation): { version: number; value: JsonObject | null } {
    const { version, value } = this.rows.get(`${collection}/${key}`) ?? { version: 0, value: null };
    return { version, value };
  }

  #apply(mutation: WireMutation, changed: Set<string>): PushResult {
    const { id, collection, key, op, base, value, patch } = mutation;
    const address = `${collection}/${key}`;
    const row = this.rows.get(address) ?? { version: 0, seq: 0, value: null };
    if (base !== row.version || (op === 'create' && row.value))
      return { id, outcome: 'conflict', row: { version: row.version, value: row.value } };
    if (op === 'update' && !row.value)
      return { id, outcome: 'rejected', problem: problem('not-found') };
    if (this.refuse(mutation))
      return { id, outcome: 'rejected', problem: problem('invalid', 'The title is missing.') };
    if (op === 'delete' && !row.value) return { id, outcome: 'applied', version: row.version };
    const next = op === 'delete' ? null : op === 'update' ? { ...row.value, ...patch } : value!;
    const version = row.version + 1;
    this.rows.set(address, { collection, key, version, seq: row.seq, value: next });
    changed.add(address);
    this.applied.push(`${op} ${key}`);
    return { id, outcome: 'applied', version };
  }

  #pull(query: URLSearchParams): Response {
    const collections = query.get('collections')!.split(',').sort();
    if (collections.some((name) => this.forbidden.has(name)))
      return Response.json(problem('forbidden'), { status: 403 });
    const scopes = JSON.parse(query.get('scopes') ?? '{}') as Scopes;
    const [epoch, at, first] = (query.get('cursor') ?? `${this.epoch}:0:${this.seq}`).split(':');
    let from = Number(at);
    let left = Number(query.get('limit') ?? limits.pullRows);
    let stretches = 0;
    const encoder = new TextEncoder();
    const next = () => {
      const expired = this.expired && query.has('cursor');
      if (epoch !== this.epoch || from > this.seq || expired) {
        from = -1;
        this.expired &&= !expired;
        return [reset(expired ? 'expired' : 'epoch')];
      }
      const size = Math.min(left, this.pullLimit);
      const { lines, end } = this.#stretch(collections, scopes, from, Number(first ?? 0), size);
      left -= end.rows!;
      from = end.to;
      if (left <= 0 || !end.more) from = -1;
      return [...lines, end];
    };
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (this.cutAfter !== null && stretches++ >= this.cutAfter) {
            this.cutAfter = null;
            return controller.error(new TypeError('network error'));
          }
          const text = next().map((line) => `${JSON.stringify(line)}\n`);
          controller.enqueue(encoder.encode(text.join('')));
          if (from < 0) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body);
  }

  #stretch(
    collections: readonly string[],
    scopes: Scopes,
    from: number,
    began: number,
    limit: number,
  ): { lines: PullPage[]; end: PullEnd } {
    const told = [...this.rows.values()]
      .filter((row) => row.seq > from && collections.includes(row.collection))
      .sort((a, b) => a.seq - b.seq)
      .flatMap((row) => {
        const list = scopes[row.collection];
        if (!row.value || !list || list.some((scope) => inScope(scope, row.value!))) return row;
        // Changed, and outside: it may have been inside. Before the first pull it was not.
        return row.seq > began ? { ...row, value: null } : [];
      })
      .slice(0, limit);
    const to = told.length === limit ? told.at(-1)!.seq : this.seq;
    const rest = began > to ? `:${began}` : '';
    const end = {
      cursor: `${this.epoch}:${to}${rest}`,
      to,
      rows: told.length,
      more: to < this.seq,
      head: this.seq,
      epoch: this.epoch,
      durable: this.onDisk ? this.seq : this.#dumped,
    };
    return { lines: pages(told, from), end };
  }

  #live(signal: AbortSignal | null): Response {
    let stream!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
        this.#streams.add(controller);
        // The counter as it stands: whoever has pulled before misses nothing.
        if (this.seq) controller.enqueue(new TextEncoder().encode(hint(this.seq)));
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
      if (this.refuseEvents)
        return { id: event.id, outcome: 'rejected', problem: problem('invalid', 'It is too old.') };
      const known = this.events.has(event.id);
      this.events.set(event.id, event);
      return { id: event.id, outcome: known ? 'duplicate' : 'applied' };
    });
    if (results.some(({ outcome }) => outcome !== 'rejected')) this.#promised = this.seq + 1;
    const seq = Math.max(this.seq, this.#promised);
    const response = { results, epoch: this.epoch, seq, durable: this.onDisk ? seq : this.#dumped };
    return Response.json(response);
  }
}

/** A range for each chunk of rows, told by a line for each collection in it. */
function pages(rows: readonly ServerRow[], position: number): PullPage[] {
  const lines: PullPage[] = [];
  for (let i = 0, from = position; i < rows.length; i += limits.pageRows) {
    const chunk = rows.slice(i, i + limits.pageRows);
    const to = chunk.at(-1)!.seq;
    for (const collection of new Set(chunk.map((row) => row.collection).sort())) {
      const mine = chunk.filter((row) => row.collection === collection);
      const alive = mine.filter((row) => row.value);
      const removed = mine.filter((row) => !row.value);
      lines.push({
        collection,
        from,
        to,
        keys: alive.map((row) => row.key),
        versions: alive.map((row) => row.version),
        values: alive.map((row) => row.value!),
        removed: removed.map((row) => row.key),
        removedVersions: removed.map((row) => row.version),
      });
    }
    from = to;
  }
  return lines;
}

const hint = (seq: number) => `event: hint\ndata: ${JSON.stringify({ seq })}\n\n`;

const reset = (reason: PullReset['reason']): PullReset => ({ reset: true, reason });

/** A mutation as text, its members in the order of their names: the server compares them so, too. */
function contentOf(mutation: WireMutation): string {
  return JSON.stringify(mutation, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
