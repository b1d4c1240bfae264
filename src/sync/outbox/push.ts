/** One push: choose a batch, mark it, send it, commit the answers. Order is kept per row. */
import { clientProblem, limits, type PushResult, type WireMutation } from '../../protocol/index.js';
import type { Commits } from '../log/commits.js';
import type { EntityConfig } from '../config.js';
import { SyncError } from '../errors.js';
import { isEarlier } from '../log/kept.js';
import { nextBatch } from './outbox.js';
import { PutOff, type PutOffHost } from './put-off.js';
import { isWaiting, type Mutation } from '../log/record.js';
import { add, noChange } from './rebase.js';
import { isOutgrown, settle, tried, type SettleHost } from './settle.js';
import type { State } from '../log/state.js';
import type { Call, Transport } from '../transport/transport.js';

export interface PushHost extends SettleHost, PutOffHost {
  commits: Pick<Commits, 'change'>;
  transport: Transport;
  entities: Record<string, EntityConfig>;
  call<T>(work: (call: Call) => Promise<T>): Promise<T>;
  now(): number;
  /** The app's `group` function threw. */
  ungrouped(collection: string): void;
}

export interface PushOutcome {
  /** Mutations the server has accepted. */
  pushed: number;
  conflicts: number;
  rejected: number;
  more: boolean;
}

/** So often a proxy has to say that a mutation alone is too large before it is believed. */
const BELIEVED = 3;

/** ms that a mutation which fails the whole request steps aside, so that the others get a turn. */
const ASIDE = 10_000;

const NOTHING: PushOutcome = { pushed: 0, conflicts: 0, rejected: 0, more: false };

export class Push {
  readonly putOff: PutOff;
  /** Halved when a batch is too large or one in it spoils the rest; grows back. */
  #size: number;
  readonly #largest: number;
  /** The server's answers that a full disk did not take yet. */
  #answers: PushResult[] = [];
  /** The epoch that they are from. */
  #epoch: string | null = null;

  constructor(
    private readonly host: PushHost,
    private readonly lane: string,
  ) {
    this.putOff = new PutOff(host);
    this.#size = this.#largest = host.transport.batch ?? limits.pushMutations;
  }

  async once(): Promise<PushOutcome> {
    if (this.#answers.length) await this.#settle();
    const { state } = this.host;
    await this.#seeThrough();
    const chosen = this.#choose();
    if (!chosen.length) return NOTHING;
    await this.#mark(chosen);
    // What another tab has coalesced away meanwhile is not sent.
    const marked = chosen
      .flatMap(({ id }) => {
        const known = state.mutations.get(id);
        return known ? (state.unmarked.get(id) ?? known) : [];
      })
      .filter((mutation) => mutation.sent);
    // What another epoch may know goes first, and alone.
    const earlier = marked.filter((mutation) => isEarlier(mutation, state.meta));
    const batch = earlier.length ? earlier : marked;
    if (!batch.length) return { ...NOTHING, more: true };

    const { epoch } = state.meta;
    const size = this.#size;
    const results = await this.#send(batch, earlier.length > 0);
    // The same would go again at once, and again.
    const isOfBatch = ({ id }: PushResult) => batch.some((mutation) => mutation.id === id);
    if (this.#size >= size && !results.some(isOfBatch))
      throw new SyncError('bad-answer', 'The server answered nothing of what was sent.');
    this.#answers.push(...results);
    // Before the first pull only the answers may tell it.
    this.#epoch = epoch ?? results[0]?.epoch ?? null;
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
    const { state, entities, transport } = this.host;
    this.putOff.tidy();
    const answered = new Set(this.#answers.map(({ id }) => id));
    return nextBatch(state, entities, {
      inLane: (collection) => (transport.lane?.(collection) ?? '') === this.lane,
      size: this.#size,
      ungrouped: this.host.ungrouped,
      notYet: ({ id }) => answered.has(id) || this.putOff.left(id) > 0,
    });
  }

  /** From here on a mutation is frozen: its base, its id and its content belong together. */
  async #mark(chosen: readonly Mutation[]): Promise<void> {
    const { commits, state } = this.host;
    const marks = () =>
      chosen.flatMap(({ id }): [string, number][] => {
        const known = state.mutations.get(id);
        if (!known || !isWaiting(known)) return [];
        const unmarked = state.unmarked.get(id);
        // It has its mark; or more was joined to it while it had none, and it goes as it was first.
        if (unmarked ? isOutgrown(unmarked, known) : known.sent) return [];
        return [[id, known.sent?.base ?? state.entry(known.collection, known.key)?.version ?? 0]];
      });
    let sent: [string, number][] = [];
    try {
      // Strict: a mark that a power cut takes back would let a mutation change that was sent.
      await commits.change(() => ({ sent: (sent = marks()) }), 'strict');
      state.settled(sent.map(([id]) => id));
    } catch (error) {
      // A full disk takes no changes to them either; sending them is what may free it.
      unlessFull(error);
      sent = marks();
      state.offered(sent);
      for (const [id] of sent) state.unmarked.set(id, state.mutations.get(id)!);
    }
  }

  /** The server may have made a row that another tab took back: it is deleted there, too. */
  async #seeThrough(): Promise<void> {
    const { commits, state, rules } = this.host;
    const made = state.takenBack();
    if (!made.length) return;
    const deleted = made.map(({ seq, at, collection, key }): Mutation => {
      return { id: rules(collection).newId(), seq, at, collection, key, op: 'delete' };
    });
    try {
      await commits.change(() => ({ put: [...made, ...deleted] }), 'strict');
      state.settled(made.map(({ id }) => id));
    } catch (error) {
      unlessFull(error);
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
        // A new epoch says nothing about them.
        if (error.problem?.code !== 'epoch-changed')
          // A disk that refuses tells of it itself; what the server wants is what counts here.
          await this.#countTry(batch, error).catch(() => {});
        // Too much for this line, or one of them brings the server down: fewer, until it is alone.
        if (error.code === 'timeout' || error.problem?.status === 500) {
          this.#size = Math.ceil(batch.length / 2);
          if (batch.length === 1) this.putOff.postpone(batch[0]!.id, error, ASIDE);
        }
      }
      throw error;
    }
  }

  /** Commits the answers, and puts off what the server asked patience for. */
  async #settle(): Promise<void> {
    const results = this.#answers;
    const { commits, now } = this.host;
    const answered = results.some(({ outcome }) => outcome !== 'rejected');
    const rows = results.map(({ id }) => this.host.state.mutations.get(id));
    // Without its mark, a power cut would bring it back as never sent.
    const unmarked = results.some(({ id }) => this.host.state.unmarked.has(id));
    await commits.change(
      (state) => {
        const { epoch, nextEpoch } = state.meta;
        // That epoch is over: what it accepted is asked for in the next.
        if (nextEpoch !== null) return {};
        if (this.#epoch !== null && epoch !== null && this.#epoch !== epoch) return {};
        const again = results.some((result) => isOldNews(state, result));
        // A pull that is under way since before may be answered by the next epoch.
        const told = epoch ?? this.#epoch;
        return {
          ...settle(state, results, this.host),
          ...(answered && {
            meta: { lastSyncedAt: now(), epoch: told, ...(again && { cursors: {} }) },
          }),
        };
      },
      unmarked ? 'strict' : 'relaxed',
    );
    this.#answers = [];
    const { mutations } = this.host.state;
    this.host.state.settled(results.flatMap(({ id }) => (mutations.has(id) ? id : [])));
    results.forEach((result, i) => this.putOff.answered(rows[i], result));
  }

  /** The server refused the request as a whole: smaller, until it is clear which one it means. */
  #rejected(batch: Mutation[], error: SyncError): PushResult[] {
    if (batch.length > 1) {
      this.#size = Math.ceil(batch.length / 2);
      return [];
    }
    const { id } = batch[0]!;
    const said = { ...error.problem!, retryable: false };
    // Not the server's word: it may have taken the same before, and its answer was lost.
    if (said.status === 413 && this.putOff.refusals(id) < BELIEVED - 1) {
      const busy = new SyncError('busy', error.message, { problem: said });
      this.putOff.postpone(id, busy, ASIDE);
      throw busy;
    }
    return [{ id, outcome: 'rejected', problem: said }];
  }

  async #countTry(batch: Mutation[], { message, problem: said }: SyncError): Promise<void> {
    if (this.host.maxRetries === undefined) return;
    await this.host.commits.change((state) => {
      const total = noChange();
      for (const { id } of batch)
        add(total, tried(state, id, said ?? clientProblem('unavailable', message), this.host));
      return total;
    });
  }
}

/**
 * Whether the answer may be the first one to what was offered before, and the row have changed since
 * in a way that was pulled already: then all is told once more. That is so for what was saved from a
 * lost database, since this one, pulled anew, knows nothing of it; and where the row that the server
 * tells is older than the one that the mutation was made on.
 */
function isOldNews({ mutations, meta }: State, result: PushResult): boolean {
  if (result.outcome === 'rejected') return false;
  if (meta.rescued?.includes(result.id)) return true;
  const mutation = mutations.get(result.id);
  if (result.outcome === 'applied' || !mutation?.sent || isEarlier(mutation, meta)) return false;
  return result.row.version < mutation.sent.base;
}

function unlessFull(error: unknown): void {
  if (!(error instanceof SyncError) || error.code !== 'quota') throw error;
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
