/** One push: choose a batch, mark it, send it, commit the answers. Order is kept per row. */
import { limits, problem, type PushResult, type WireMutation } from '../protocol/index.js';
import type { Commits } from './commits.js';
import { SyncError } from './errors.js';
import { encode, isWaiting, type Accepted, type LogRecord, type Mutation } from './record.js';
import { add, condemned, noChange, overtaken, refused, type RebaseRules } from './rebase.js';
import type { State } from './state.js';
import type { Call, Transport } from './transport/transport.js';

export interface PushHost {
  state: State;
  commits: Pick<Commits, 'change'>;
  transport: Transport;
  call<T>(work: (call: Call) => Promise<T>): Promise<T>;
  rules(collection: string): RebaseRules;
  now(): number;
  /** Tries after which a mutation that is only ever refused becomes a dead letter; else never. */
  maxRetries?: number | undefined;
}

export interface PushOutcome {
  /** Mutations the server has accepted. */
  pushed: number;
  conflicts: number;
  rejected: number;
  more: boolean;
}

export class Push {
  /** Halved when a batch is too large or one in it spoils the rest; grows back. */
  #size: number;
  readonly #largest: number;

  constructor(
    private readonly host: PushHost,
    private readonly lane: string,
  ) {
    this.#size = this.#largest = host.transport.batch ?? limits.pushMutations;
  }

  async once(): Promise<PushOutcome> {
    const { state, commits, transport } = this.host;
    const chosen = this.#choose();
    if (!chosen.length) return { pushed: 0, conflicts: 0, rejected: 0, more: false };

    // Strict: a mark that a power cut takes back would let a mutation change that was sent.
    await commits.change(mark(chosen), 'strict');
    // What another tab has coalesced away meanwhile is not sent.
    const batch = chosen.flatMap(({ id }) => state.mutations.get(id) ?? []).filter((m) => m.sent);
    if (!batch.length) return { pushed: 0, conflicts: 0, rejected: 0, more: true };

    let results: PushResult[];
    try {
      results = await this.host.call((call) => transport.push(batch.map(wire), call));
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.code === 'busy' || error.code === 'timeout') await this.#countTry(batch, error);
      // Too much for this line, perhaps: less the next time.
      if (error.code === 'timeout') this.#size = Math.ceil(batch.length / 2);
      if (error.code !== 'rejected') throw error;
      results = this.#rejected(batch, error);
    }
    if (results.length) this.#size = Math.min(this.#largest, this.#size * 2);
    await commits.change((state) => ({
      ...settle(state, results, this.host.rules),
      ...(results.some(({ outcome }) => outcome !== 'rejected') && {
        meta: { lastSyncedAt: this.host.now() },
      }),
    }));

    const later = results.find((r) => r.outcome === 'rejected' && r.problem.retryable);
    if (later?.outcome === 'rejected')
      throw new SyncError('busy', later.problem.title, {
        problem: later.problem,
        retryAfter: later.problem.retryAfter && later.problem.retryAfter * 1000,
      });
    const count = (outcome: PushResult['outcome']) =>
      results.filter((result) => result.outcome === outcome).length;
    return {
      pushed: count('applied'),
      conflicts: count('conflict'),
      rejected: count('rejected'),
      more: true,
    };
  }

  /** The next batch: oldest first, one mutation a row, bounded in count and bytes. */
  #choose(): Mutation[] {
    const { state, transport } = this.host;
    const rows = new Set<string>();
    const batch: Mutation[] = [];
    let bytes = 0;
    for (const mutation of state.mutations.values()) {
      const { collection, key } = mutation;
      if ((transport.lane?.(collection) ?? '') !== this.lane) continue;
      const row = `${collection}/${key}`;
      if (!isWaiting(mutation)) {
        // A parked conflict holds its own row back, nothing else.
        if (mutation.conflict) rows.add(row);
        continue;
      }
      if (rows.has(row)) continue;
      bytes += encode(mutation.value ?? mutation.patch ?? null).length + 300;
      if (batch.length && bytes > limits.bodyBytes * 0.9) break;
      rows.add(row);
      if (batch.push(mutation) >= this.#size) break;
    }
    return batch;
  }

  /** The server refused the request as a whole: smaller, until it is clear which one it means. */
  #rejected(batch: Mutation[], error: SyncError): PushResult[] {
    if (batch.length > 1) {
      this.#size = Math.ceil(batch.length / 2);
      return [];
    }
    const said = { ...error.problem!, retryable: false };
    return [{ id: batch[0]!.id, outcome: 'rejected', problem: said }];
  }

  async #countTry(batch: Mutation[], { message, problem: said }: SyncError): Promise<void> {
    const { commits, maxRetries } = this.host;
    if (maxRetries === undefined) return;
    await commits.change((state) => ({
      put: batch.flatMap(({ id }) => {
        const known = state.mutations.get(id);
        if (!known) return [];
        const tries = (known.tries ?? 0) + 1;
        if (tries <= maxRetries) return [{ ...known, tries }];
        return [{ ...known, tries, problem: said ?? problem('unavailable', message) }];
      }),
    }));
  }
}

/** From here on a mutation is frozen: its base, its id and its content belong together. */
function mark(batch: readonly Mutation[]) {
  return (state: State): Omit<LogRecord, 'by'> => ({
    sent: batch.flatMap(({ id }) => {
      const known = state.mutations.get(id);
      if (!known || known.sent || !isWaiting(known)) return [];
      return [[id, state.entry(known.collection, known.key)?.version ?? 0]];
    }),
  });
}

function wire(mutation: Mutation): WireMutation {
  const { id, seq, collection, key, at, sent } = mutation;
  const { op, value, patch } = mutation.offered ?? mutation;
  return { id, seq, collection, key, op, base: sent!.base, ...content(op, value, patch), at };
}

/** On the wire a row's id is its key, not one of its members. */
function content(op: Mutation['op'], row: Mutation['value'], patch: Mutation['patch']) {
  if (op === 'update') return { patch: patch! };
  if (op === 'delete') return {};
  const { id: _, ...value } = row!;
  return { value };
}

function settle(
  state: State,
  results: readonly PushResult[],
  rules: (collection: string) => RebaseRules,
): Omit<LogRecord, 'by'> {
  const done: NonNullable<LogRecord['done']> = [];
  const total = noChange();
  for (const result of results) {
    const mutation = state.mutations.get(result.id);
    if (!mutation) continue;
    const { collection, key } = mutation;
    const entry = state.entry(collection, key)!;
    if (result.outcome === 'applied') {
      done.push(acceptance(result, mutation));
      if (result.version < entry.version)
        add(total, overtaken(mutation, result.version, entry, rules(collection)));
    } else if (result.outcome === 'rejected') {
      if (!result.problem.retryable)
        add(total, condemned(mutation, result.problem, entry, rules(collection)));
    } else {
      const { version, value, etag } = result.row;
      const remote = { version, row: value && { ...value, id: key }, etag };
      add(total, refused(mutation, entry, remote, rules(collection)));
    }
  }
  return { done, ...total };
}

/** What the log keeps of an acceptance: mostly no more than the version. */
function acceptance(
  result: PushResult & { outcome: 'applied' },
  sent: Mutation,
): [mutation: string, version: number, as?: Accepted] {
  const { id, version, key, value, etag } = result;
  const as: Accepted = {
    ...(key !== undefined && key !== sent.key && { key }),
    ...(value && { row: { ...value, id: key ?? sent.key } }),
    ...(etag !== undefined && { etag }),
  };
  return Object.keys(as).length ? [id, version, as] : [id, version];
}
