/**
 * Pulling: asks for what is new behind each cursor, checks that no range is missing, and commits
 * stretch by stretch as the answer arrives, so rows show early and an interruption loses no more
 * than the last one.
 */
import { isPullEnd, isPullReset, type PullEnd, type Scopes } from '../../protocol/index.js';
import type { Commits } from '../log/commits.js';
import type { EntityConfig } from '../config.js';
import { SyncError } from '../errors.js';
import { feedsOf, holds, together, type Feed } from './feeds.js';
import type { RebaseRules } from '../outbox/rebase.js';
import type { LogRecord, ReceivedPage } from '../log/record.js';
import type { State } from '../log/state.js';
import { Standings } from './standing.js';
import { rebuildOf, stretchChange, type Outcome, type Rebuild } from './stretch.js';
import type { Revision } from '../storage/storage.js';
import type { Call, Transport } from '../transport/transport.js';

export interface PullHost {
  state: State;
  commits: Pick<Commits, 'change'>;
  transport: Transport;
  entities: Record<string, EntityConfig>;
  call<T>(work: (call: Call) => Promise<T>): Promise<T>;
  rules(collection: string): RebaseRules;
  now(): number;
  /** The server tells its rows anew; those that it no longer has will go. */
  onReset(reason: string): void;
}

export interface PullOutcome {
  pulled: number;
  more: boolean;
}

/** ms that a refused feed is left out: the first time, and at most. */
const PAUSE = { first: 20_000, most: 3_600_000 };
/** So often a pull may begin anew before it is complete. */
const BEGINNINGS = 3;

export class Pull {
  /** Feeds that the server will not tell, and why. The others go on without them for a while. */
  readonly #refused = new Map<string, SyncError>();
  /** Until when each of those is left out, longer each time; kept until it is told. */
  readonly #pauses = new Map<string, { since: number; ms: number }>();
  /** So many rounds have begun anew since one was complete. */
  #begun = 0;
  /** Feeds that are being told anew, by name, and how far: an answer need not hold all of it. */
  readonly #rebuilds = new Map<string, { rebuild: Rebuild; cursor: string; to: number }>();
  readonly #standings: Standings;
  /** Where `State.freed` stood then. */
  #tidied: Revision | undefined;
  /** The share of a long pull that has arrived, from 0 to 1; none at rest. */
  progress: number | undefined;

  constructor(private readonly host: PullHost) {
    this.#standings = new Standings(host);
  }

  /** Why a feed is left out; null when none is. */
  get refusal(): SyncError | null {
    const [refusal] = this.#refused.values();
    return refusal ?? null;
  }

  /** Whatever was refused may be allowed by now. */
  forgive(): void {
    this.#refused.clear();
    this.#pauses.clear();
  }

  /** What this device wants and may have. */
  feeds(): Feed[] {
    const { entities, state } = this.host;
    return feedsOf(entities, state.meta).filter(({ name }) => !this.#refused.has(name));
  }

  /** Each feed once, as far as one answer goes. */
  async once(): Promise<PullOutcome> {
    const { state, transport } = this.host;
    const total = { pulled: 0, more: false };
    const begun = this.#begun;
    await this.#tidy();
    this.#askAgain();
    if (!feedsOf(this.host.entities, state.meta).length) await this.#standings.ask();
    for (const feeds of together(this.feeds(), state.meta, transport.separate))
      await this.#pull(feeds, total);
    if (!total.more) this.progress = undefined;
    if (!total.more && this.#begun === begun) this.#begun = 0;
    // Two servers behind one address, for example: each takes the other’s cursors for those of an older epoch.
    if (total.more && this.#begun > BEGINNINGS)
      throw new SyncError('bad-answer', 'The server begins anew again and again.');
    return total;
  }

  /** What was refused may be allowed by now. */
  #askAgain(): void {
    const now = this.host.now();
    for (const [name, { since, ms }] of this.#pauses)
      if (now < since || now >= since + ms) this.#refused.delete(name);
  }

  #refuse({ name }: Feed, error: SyncError): void {
    const ms = Math.min((this.#pauses.get(name)?.ms ?? PAUSE.first / 2) * 2, PAUSE.most);
    this.#pauses.set(name, { since: this.host.now(), ms });
    this.#refused.set(name, error);
  }

  async #pull(feeds: readonly Feed[], total: PullOutcome): Promise<void> {
    try {
      // Told anew at once: two feeds that begin anew each time would else take turns for ever.
      const { pulled, more } = (await this.#read(feeds)) ?? (await this.#read(feeds))!;
      total.pulled += pulled;
      total.more ||= more;
      for (const { name } of feeds) this.#pauses.delete(name);
    } catch (error) {
      if (!(error instanceof SyncError) || error.code !== 'rejected') throw error;
      const { message, problem } = error;
      // A proxy’s bound, not the server’s word on these feeds.
      if (problem?.status === 413) throw new SyncError('busy', message, { problem });
      // One of them is not to be had; each alone tells which.
      if (feeds.length === 1) this.#refuse(feeds[0]!, error);
      else for (const feed of feeds) await this.#pull([feed], total);
    }
  }

  /** Reads one answer, and commits each of its stretches; null when it begins anew. */
  #read(feeds: readonly Feed[]): Promise<PullOutcome | null> {
    const { state, transport } = this.host;
    const asked = state.meta.cursors[feeds[0]!.name];
    const names = namesOf(feeds);
    const begun = asked ? undefined : this.#rebuilds.get(names);
    const rebuild = asked ? null : (begun?.rebuild ?? rebuildOf(state, feeds, this.feeds()));
    this.#rebuilds.delete(names);
    const collections = [...new Set(feeds.map(({ collection }) => collection))];
    const start = asked ?? begun;
    let cursor = start?.cursor ?? null;
    let from = start?.to ?? 0;
    let to = from;
    let pages: ReceivedPage[] = [];
    let rows = 0;
    let pulled = 0;
    let end: PullEnd | undefined;

    return this.host.call(async (call) => {
      for await (const line of transport.pull(cursor, collections, call, scopesOf(feeds))) {
        if (isPullReset(line)) return this.#reset(feeds, cursor, line.reason);
        if (isPullEnd(line)) {
          if (line.to < to) return this.#hole(feeds, to, line.to);
          if (line.rows !== undefined && line.rows !== rows)
            return this.#hole(feeds, to, line.to, `${line.rows} rows, ${rows} of them here`);
          end = line;
          if (line.head && line.more) this.progress = line.to / line.head;
          const outcome = await this.#commit(feeds, rebuild ? null : cursor, pages, line, rebuild);
          if (outcome.kind !== 'kept') return { pulled, more: true };
          pulled += outcome.pulled;
          cursor = line.cursor;
          from = to = line.to;
          if (rebuild && line.more) this.#rebuilds.set(names, { rebuild, cursor, to });
          else this.#rebuilds.delete(names);
          pages = [];
          rows = 0;
          call.progress();
          continue;
        }
        // Several lines may tell one range, a line for each collection; then the next range joins.
        if (line.from !== from || line.to !== to) {
          if (line.from !== to || line.to <= to) return this.#hole(feeds, to, line.from);
          [from, to] = [line.from, line.to];
        }
        rows += line.keys.length + line.removed.length;
        if (collections.includes(line.collection)) pages.push(line);
      }
      if (!end || pages.length) throw new SyncError('offline', 'The server’s answer was cut off.');
      if (end.more && start && cursor === start.cursor)
        throw new SyncError('bad-answer', 'The server has more to tell, but tells nothing.');
      return { pulled, more: end.more };
    });
  }

  async #commit(
    feeds: readonly Feed[],
    cursor: string | null,
    pages: readonly ReceivedPage[],
    end: PullEnd,
    rebuild: ReturnType<typeof rebuildOf>,
  ): Promise<Outcome> {
    const { commits, rules, now, onReset } = this.host;
    let outcome = { kind: 'overtaken' } as Outcome;
    await commits.change((state) => {
      const stretch = {
        feeds,
        cursor,
        pages,
        end,
        rebuild,
        rules,
        wanted: this.feeds(),
        now: now(),
      };
      const built = stretchChange(state, stretch);
      outcome = built.outcome;
      return built.change;
    });
    if (outcome.kind === 'reborn') {
      this.#begun++;
      this.#rebuilds.clear();
      onReset('The database was restored.');
    }
    return outcome;
  }

  /** The cursor means nothing there: from the beginning. */
  async #reset(feeds: readonly Feed[], cursor: string | null, reason: string): Promise<null> {
    if (!cursor) throw new SyncError('bad-answer', 'The server resets a pull that has just begun.');
    if (reason !== 'relist') {
      this.#begun++;
      this.host.onReset(reason);
    }
    await this.#begin(feeds);
    return null;
  }

  /** Something is missing. Nobody knows since when, so all of it is told anew. */
  async #hole(feeds: readonly Feed[], at: number, next: number, what = 'a hole'): Promise<never> {
    await this.#begin(feeds);
    const message = `The server’s changes have ${what}: ${at}, then ${next}.`;
    throw new SyncError('bad-answer', message);
  }

  #begin(feeds: readonly Feed[]): Promise<void> {
    this.#rebuilds.delete(namesOf(feeds));
    const names = new Set(feeds.map(({ name }) => name));
    return this.host.commits.change(({ meta }) => ({
      meta: { cursors: without(meta.cursors, (name) => names.has(name)) },
    }));
  }

  /**
   * Lets go of what no feed holds any more: the configuration may be another since last time, or
   * nothing be pending any longer on a row that stayed for it.
   */
  async #tidy(): Promise<void> {
    const { commits, entities, state } = this.host;
    if (this.#tidied === state.freed) return;
    this.#tidied = state.freed;
    await commits.change((state) => unwanted(state, entities, feedsOf(entities, state.meta)));
  }
}

/** Forgets rows of partial collections that are in no scope, and cursors of feeds that are no more. */
export function unwanted(
  state: State,
  entities: Record<string, EntityConfig>,
  feeds: readonly Feed[],
): Required<Pick<LogRecord, 'rows' | 'meta'>> {
  const rows: NonNullable<LogRecord['rows']> = [];
  for (const [collection, { scope }] of Object.entries(entities))
    for (const [key, { base, version, pending }] of scope ? state.rows(collection) : [])
      if (base && !pending.length && !holds(feeds, collection, base))
        rows.push([collection, key, version, null]);
  const wanted = new Set(feeds.map(({ name }) => name));
  const { cursors } = state.meta;
  const kept = without(cursors, (name) => !wanted.has(name));
  const same = Object.keys(kept).length === Object.keys(cursors).length;
  return { rows, meta: same ? {} : { cursors: kept } };
}

function without<T>(record: Record<string, T>, drop: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !drop(name)));
}

function namesOf(feeds: readonly Feed[]): string {
  return feeds.map(({ name }) => name).join();
}

function scopesOf(feeds: readonly Feed[]): Scopes {
  const scopes: Record<string, Scopes[string][number][]> = {};
  for (const { collection, scope } of feeds) if (scope) (scopes[collection] ??= []).push(scope);
  return scopes;
}
