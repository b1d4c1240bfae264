/** What the server's rows were, one after another: observed from outside, after every request. */
import type { JsonObject } from '../../src/protocol/index.js';
import { STAYS_DELETED } from './collections.js';
import { tokensIn } from './ledger.js';

export interface ServerRow {
  collection: string;
  key: string;
  version: number;
  /** `null` when deleted. */
  value: JsonObject | null;
}

interface Past {
  version: number;
  value: JsonObject | null;
  /** Virtual ms when it was last seen to be gone. */
  gone: number;
  births: Set<string>;
  titles: string[];
  /** The last write of each tab's place that was seen in the title. */
  order: Map<string, number>;
}

interface Timeline {
  rows: Map<string, Past>;
  /** With the virtual ms at which each was first there. */
  tokens: Map<string, number>;
}

export interface JournalHost {
  /** Virtual ms. */
  now(): number;
  /** Whether a device has shown what it now overwrites, as far as that can be known. */
  seen(device: number, address: string, token: string): boolean;
  report(kind: string, detail: string): void;
  /** Who wrote it, in which order; `undefined` for what nobody of this world did. */
  writer(token: string): { n: number; device: number; slot: number } | undefined;
  /** A row is there that was not. */
  born(row: ServerRow): void;
}

export class Journal {
  #timeline: Timeline = { rows: new Map(), tokens: new Map() };
  #backup: Timeline = { rows: new Map(), tokens: new Map() };
  /** Tokens that the server had and lost when it went back in time. */
  readonly rolledBack = new Set<string>();

  constructor(private readonly host: JournalHost) {}

  has(token: string): boolean {
    return this.#timeline.tokens.has(token);
  }

  /** Virtual ms when the token was first there. */
  since(token: string): number {
    return this.#timeline.tokens.get(token) ?? -Infinity;
  }

  /** When a row was last not there: `now` if it is not. */
  goneAt(collection: string, key: string): number {
    const past = this.#timeline.rows.get(`${collection}/${key}`);
    return !past?.value ? this.host.now() : past.gone;
  }

  /** The token that the row was made with which is there now. */
  bornOf(collection: string, key: string): unknown {
    return this.#timeline.rows.get(`${collection}/${key}`)?.value?.['born'];
  }

  observe(rows: Iterable<ServerRow>, device?: number): void {
    for (const row of rows) {
      const address = `${row.collection}/${row.key}`;
      const past = this.#timeline.rows.get(address);
      if (past?.version === row.version) continue;
      this.#timeline.rows.set(address, this.#follow(address, past, row));
      if (past && device !== undefined) this.#checkOverwritten(address, past, row, device);
    }
  }

  backup(): void {
    this.#backup = copy(this.#timeline);
  }

  restore(): void {
    for (const token of this.#timeline.tokens.keys())
      if (!this.#backup.tokens.has(token)) this.rolledBack.add(token);
    this.#timeline = copy(this.#backup);
  }

  /** Where sides are merged, nobody overwrites what he has not seen. */
  #checkOverwritten(
    address: string,
    past: Past,
    { collection, value }: ServerRow,
    device: number,
  ): void {
    if (collection !== 'tasks' && collection !== 'theirs') return;
    const kept = new Set(tokensIn(value));
    for (const token of tokensIn(past.value))
      if (
        !kept.has(token) &&
        this.host.writer(token)?.device !== device &&
        !this.host.seen(device, address, token)
      )
        this.host.report(
          'overwritten',
          `${token} in ${address} by device ${device}, which never saw it`,
        );
  }

  #follow(
    address: string,
    past: Past | undefined,
    { collection, key, version, value }: ServerRow,
  ): Past {
    const births = past?.births ?? new Set();
    const titles = past?.titles ?? [];
    const order = past?.order ?? new Map<string, number>();
    if (past && version < past.version)
      this.host.report(
        'version',
        `${address} went from version ${past.version} back to ${version}`,
      );
    const { tokens } = this.#timeline;
    for (const token of tokensIn(value)) if (!tokens.has(token)) tokens.set(token, this.host.now());

    const born = typeof value?.born === 'string' ? value.born : '';
    if (value && !past?.value) {
      if (STAYS_DELETED.has(collection) && (births.has(born) || !born))
        this.host.report(
          'resurrected',
          `${address} came back without anybody creating it: ${born}`,
        );
      births.add(born);
      this.host.born({ collection, key, version, value });
    }
    const title = value?.title;
    if (typeof title === 'string' && title !== past?.value?.title) {
      const writer = this.host.writer(title);
      if (writer && (collection === 'tasks' || collection === 'docs')) {
        if (titles.includes(title))
          this.host.report('twice', `${address} was given the title ${title} a second time`);
        titles.push(title);
        const place = `${writer.device}/${writer.slot}`;
        const before = order.get(place) ?? 0;
        if (writer.n < before)
          this.host.report('order', `${address} was given w${before} first and then ${title}`);
        order.set(place, writer.n);
      }
    }
    const gone = past ? (past.value ? past.gone : this.host.now()) : this.host.now();
    return { version, value, gone, births, titles, order };
  }
}

function copy({ rows, tokens }: Timeline): Timeline {
  const past = [...rows].map(([address, { births, titles, order, ...rest }]): [string, Past] => [
    address,
    { ...rest, births: new Set(births), titles: [...titles], order: new Map(order) },
  ]);
  return { rows: new Map(past), tokens: new Map(tokens) };
}
