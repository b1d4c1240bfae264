/** One push: choose a batch, mark it, send it, commit the answers. Order is kept per row. */
import {
  clientProblem,
  limits,
  type Problem,
  type PushResult,
  type WireMutation,
} from '../../protocol/index.js';
import type { Commits } from '../log/commits.js';
import type { EntityConfig } from '../config.js';
import { SyncError } from '../errors.js';
import { isEarlier, keep } from '../log/kept.js';
import { nextBatch } from './outbox.js';
import { isWaiting, type Accepted, type LogRecord, type Mutation } from '../log/record.js';
import {
  add,
  condemned,
  noChange,
  outgrown,
  overtaken,
  refused,
  type Change,
  type RebaseRules,
} from './rebase.js';
import { revived } from './revive.js';
import type { State } from '../log/state.js';
import type { Call, Transport } from '../transport/transport.js';

export interface PushHost {
  state: State;
  commits: Pick<Commits, 'change'>;
  transport: Transport;
  entities: Record<string, EntityConfig>;
  call<T>(work: (call: Call) => Promise<T>): Promise<T>;
  rules(collection: string): RebaseRules;
  now(): number;
  /** ms to wait after so many refusals. */
  backoff(refusals: number): number;
  /** The app's `group` function threw. */
  ungrouped(collection: string): void;
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

/** So often in a row the server may know a row otherwise before what is offered for it waits. */
const DISPUTES = 3;

/** ms that a mutation which fails the whole request steps aside, so that the others get a turn. */
const ASIDE = 10_000;

const NOTHING: PushOutcome = { pushed: 0, conflicts: 0, rejected: 0, more: false };

export class Push {
  /** Why the server puts something off, while it does. */
  refusal: SyncError | null = null;
  /** Halved when a batch is too large or one in it spoils the rest; grows back. */
  #size: number;
  readonly #largest: number;
  /** Mutations that the server has put off, each for itself: the others go on. */
  readonly #putOff = new Map<string, { since: number; wait: number; refusals: number }>();
  /**
   * What was sent though a full disk did not take its mark, as it was sent, until it is answered:
   * another tab may join more to it, and the server knows it by its id.
   */
  readonly #unmarked = new Map<string, Mutation>();
  /** Rows that the server knew otherwise when they were offered, and how often in a row. */
  readonly #disputed = new Map<string, number>();
  /** The server's answers that a full disk did not take yet. */
  #answers: PushResult[] = [];
  /** The life of the server's database that they are from. */
  #epoch: string | null = null;

  constructor(
    private readonly host: PushHost,
    private readonly lane: string,
  ) {
    this.#size = this.#largest = host.transport.batch ?? limits.pushMutations;
  }

  /** ms until the next of what was put off may be tried again; nothing when there is none. */
  get waitFor(): number | undefined {
    const now = this.host.now();
    const waits = [...this.#putOff.keys()].map((id) => this.#left(id, now)).filter((ms) => ms > 0);
    return waits.length ? Math.min(...waits) : undefined;
  }

  async once(): Promise<PushOutcome> {
    if (this.#answers.length) await this.#settle();
    const { state } = this.host;
    const chosen = this.#choose();
    if (!chosen.length) return NOTHING;
    await this.#mark(chosen);
    // What another tab has coalesced away meanwhile is not sent.
    const marked = chosen
      .flatMap(({ id }) => {
        const known = state.mutations.get(id);
        return known ? (this.#unmarked.get(id) ?? known) : [];
      })
      .filter((mutation) => mutation.sent);
    // What another life of the server's database may know goes first, and alone.
    const earlier = marked.filter((mutation) => isEarlier(mutation, state.meta));
    const batch = earlier.length ? earlier : marked;
    if (!batch.length) return { ...NOTHING, more: true };

    this.#epoch = state.meta.epoch;
    const size = this.#size;
    const results = await this.#send(batch, earlier.length > 0);
    // The same would go again at once, and again.
    if (this.#size >= size && !results.some(({ id }) => state.mutations.has(id)))
      throw new SyncError('bad-answer', 'The server answered nothing of what was sent.');
    this.#answers.push(...results);
    await this.#settle();
    const count = (outcome: PushResult['outcome']) =>
      results.filter((result) => result.outcome === outcome).length;
    return {
      pushed: count('applied'),
      conflicts: count('conflict'),
      rejected: count('rejected'),
      more: true,
    };
  }

  #choose(): Mutation[] {
    const { state, entities, transport, now } = this.host;
    const time = now();
    for (const id of this.#putOff.keys()) {
      const known = state.mutations.get(id);
      if (!known || !isWaiting(known)) this.#putOff.delete(id);
    }
    if (!this.#putOff.size) this.refusal = null;
    const answered = new Set(this.#answers.map(({ id }) => id));
    return nextBatch(state, entities, {
      inLane: (collection) => (transport.lane?.(collection) ?? '') === this.lane,
      size: this.#size,
      ungrouped: this.host.ungrouped,
      notYet: ({ id }) => answered.has(id) || this.#left(id, time) > 0,
    });
  }

  /** From here on a mutation is frozen: its base, its id and its content belong together. */
  async #mark(chosen: readonly Mutation[]): Promise<void> {
    const { commits, state } = this.host;
    const marks = () =>
      chosen.flatMap(({ id }): [string, number][] => {
        const known = state.mutations.get(id);
        // It has its mark; or more was joined to it while it had none, and it goes as it was first.
        if (!known || !isWaiting(known) || !!known.sent !== this.#unmarked.has(id)) return [];
        return [[id, known.sent?.base ?? state.entry(known.collection, known.key)?.version ?? 0]];
      });
    let sent: [string, number][] = [];
    try {
      // Strict: a mark that a power cut takes back would let a mutation change that was sent.
      await commits.change(() => ({ sent: (sent = marks()) }), 'strict');
      for (const [id] of sent) this.#unmarked.delete(id);
    } catch (error) {
      // A full disk takes no changes to them either; sending them is what may free it.
      if (!(error instanceof SyncError) || error.code !== 'quota') throw error;
      sent = marks();
      state.offered(sent);
      for (const [id] of sent) this.#unmarked.set(id, state.mutations.get(id)!);
    }
  }

  async #send(batch: Mutation[], earlier: boolean): Promise<PushResult[]> {
    try {
      const results = await this.host.call((call) =>
        this.host.transport.push(batch.map(wire), { ...call, earlier }),
      );
      this.#size = Math.min(this.#largest, this.#size * 2);
      return results;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.code === 'rejected') return this.#rejected(batch, error);
      if (error.code === 'busy' || error.code === 'timeout') {
        // A new life of the database says nothing about them.
        if (error.problem?.code !== 'epoch-changed')
          // A disk that refuses tells of it itself; what the server wants is what counts here.
          await this.#countTry(batch, error).catch(() => {});
        // Too much for this line, or one of them brings the server down: fewer, until it is alone.
        if (error.code === 'timeout' || error.problem?.status === 500) {
          this.#size = Math.ceil(batch.length / 2);
          if (batch.length === 1) this.#postpone(batch[0]!.id, error, ASIDE);
        }
      }
      throw error;
    }
  }

  /** Commits the answers, and puts off what the server asked patience for. */
  async #settle(): Promise<void> {
    const results = this.#answers;
    const { commits, rules, now, maxRetries } = this.host;
    const answered = results.some(({ outcome }) => outcome !== 'rejected');
    const rows = results.map(({ id }) => this.host.state.mutations.get(id));
    await commits.change((state) => {
      const { epoch, nextEpoch } = state.meta;
      // That life is over: what it accepted is asked for in the next.
      if (nextEpoch !== null || (this.#epoch !== null && this.#epoch !== epoch)) return {};
      return {
        ...settle(state, results, rules, maxRetries, this.#unmarked),
        ...(answered && { meta: { lastSyncedAt: now() } }),
      };
    });
    this.#answers = [];
    for (const { id } of results) this.#unmarked.delete(id);
    rows.forEach((row, i) => this.#dispute(row, results[i]!));
    for (const result of results)
      if (result.outcome !== 'rejected' || !result.problem.retryable)
        this.#putOff.delete(result.id);
      else {
        const { problem: said } = result;
        const retryAfter = said.retryAfter && said.retryAfter * 1000;
        this.#postpone(result.id, new SyncError('busy', said.title, { problem: said, retryAfter }));
      }
  }

  /** Others may write a row all the time, or the server contradict itself: then its changes wait. */
  #dispute(sent: Mutation | undefined, { outcome }: PushResult): void {
    if (!sent) return;
    const { collection, key } = sent;
    const row = `${collection}/${key}`;
    const next = this.host.state.entry(collection, key)?.pending.find(isWaiting);
    if (outcome !== 'conflict' || !next) return void this.#disputed.delete(row);
    const disputes = (this.#disputed.get(row) ?? 0) + 1;
    this.#disputed.set(row, disputes);
    if (disputes < DISPUTES) return;
    const error = new SyncError('busy', 'The server’s row is another each time it is written.');
    this.#postpone(next.id, error, 0, disputes - DISPUTES);
  }

  #postpone(
    id: string,
    error: SyncError,
    atLeast = 0,
    refusals = this.#putOff.get(id)?.refusals ?? 0,
  ): void {
    const { now, backoff } = this.host;
    const wait = Math.max(error.retryAfter ?? 0, backoff(refusals), atLeast);
    this.#putOff.set(id, { since: now(), wait, refusals: refusals + 1 });
    this.refusal = error;
  }

  /** ms that it still has to wait; none when the clock was set back meanwhile. */
  #left(id: string, now: number): number {
    const { since, wait } = this.#putOff.get(id) ?? { since: now, wait: 0 };
    return now < since ? 0 : since + wait - now;
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
    const { commits, maxRetries, rules } = this.host;
    if (maxRetries === undefined) return;
    await commits.change((state) => {
      const total = noChange();
      for (const { id } of batch)
        add(
          total,
          tried(state, id, maxRetries, said ?? clientProblem('unavailable', message), rules),
        );
      return total;
    });
  }
}

/** One try more; past the last it is a dead letter. */
function tried(
  state: State,
  id: string,
  maxRetries: number,
  said: Problem,
  rules: (collection: string) => RebaseRules,
): Change {
  const known = state.mutations.get(id);
  if (!known) return noChange();
  const { collection, key, tries = 0 } = known;
  const again = { ...known, tries: tries + 1 };
  if (tries < maxRetries) return { ...noChange(), put: [again] };
  return condemned(again, said, state.entry(collection, key)!, rules(collection));
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
  maxRetries: number | undefined,
  unmarked: ReadonlyMap<string, Mutation>,
): Omit<LogRecord, 'by'> {
  const done: NonNullable<LogRecord['done']> = [];
  const kept: Mutation[] = [];
  const total = noChange();
  for (const result of results) {
    const mutation = state.mutations.get(result.id);
    if (!mutation) continue;
    const { collection, key } = mutation;
    const entry = state.entry(collection, key)!;
    if (result.outcome === 'applied' && !mutation.sent && unmarked.has(result.id)) {
      add(total, outgrown(unmarked.get(result.id)!, result.version, entry, rules(collection)));
    } else if (result.outcome === 'applied') {
      done.push(acceptance(result, mutation));
      if (result.undurable) kept.push(keep(mutation, entry, result.undurable));
      if (result.version < entry.version || isEarlier(mutation, state.meta))
        add(total, overtaken(mutation, result.version, entry, rules(collection)));
    } else if (result.outcome === 'rejected') {
      if (!result.problem.retryable)
        add(total, condemned(mutation, result.problem, entry, rules(collection)));
      else if (maxRetries !== undefined)
        add(total, tried(state, result.id, maxRetries, result.problem, rules));
    } else {
      const { version, value, etag } = result.row;
      const remote = { version, row: value && { ...value, id: key }, etag };
      const rule = rules(collection);
      const [offered, found] = revived(mutation, entry, remote, rule.fields);
      add(total, refused(offered, found, remote, rule, isEarlier(mutation, state.meta)));
    }
  }
  return { done, kept, ...total };
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
