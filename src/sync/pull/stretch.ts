/**
 * A stretch of a pull as one commit: the rows that it tells, what becomes of pending changes on
 * them, and the cursor behind it, together or not at all. Computed on the newest state.
 */
import type { Etag, PullEnd } from '../../protocol/index.js';
import { same } from '../same.js';
import { holds, type Feed } from './feeds.js';
import { add, moveBase, noChange, type RebaseRules } from '../outbox/rebase.js';
import { isWaiting, type LogRecord, type Meta, type ReceivedPage } from '../log/record.js';
import { reoffered } from '../outbox/revive.js';
import type { Entry } from '../log/entry.js';
import type { State } from '../log/state.js';
import type { Row } from '../types.js';

export interface Stretch {
  /** Pulled together. */
  feeds: readonly Feed[];
  /** All that this device wants. */
  wanted: readonly Feed[];
  /** The cursor that this goes on from; null at the very beginning. */
  cursor: string | null;
  pages: readonly ReceivedPage[];
  end: PullEnd;
  rebuild: Rebuild | null;
  rules(collection: string): RebaseRules;
  now: number;
}

/**
 * The rows of feeds told anew, of which this device has some already. They are kept in step as they
 * come; those that were not told by the end go with its cursor. Interrupted, it begins again.
 */
export interface Rebuild {
  /** By collection, the keys told so far. */
  seen: Map<string, Set<string>>;
  /** The log's revision when it began. */
  began: number;
}

export type Outcome =
  | { kind: 'kept'; pulled: number }
  /** Another tab has pulled this meanwhile, the feeds begin anew, or one is no longer wanted. */
  | { kind: 'overtaken' }
  /** The server's database was restored: everything is to be told anew. */
  | { kind: 'reborn' };

type Change = Omit<LogRecord, 'by'>;

/** Null when nothing is there that would have to be told apart from what is gone. */
export function rebuildOf(
  state: State,
  feeds: readonly Feed[],
  wanted: readonly Feed[],
): Rebuild | null {
  const others = wanted.filter(({ name }) => state.meta.cursors[name]);
  const seen = new Map(feeds.map(({ collection }) => [collection, new Set<string>()]));
  for (const collection of seen.keys())
    for (const { base } of state.rows(collection).values())
      // Also what was accepted before the first pull: in which epoch, nobody said.
      if (base && holds(feeds, collection, base) && !holds(others, collection, base))
        return { seen, began: state.rev };
  return null;
}

export function stretchChange(
  state: State,
  stretch: Stretch,
): { change: Change; outcome: Outcome } {
  const { feeds, wanted, cursor, end, rebuild, rules } = stretch;
  const { meta } = state;
  const names = new Set(wanted.map(({ name }) => name));
  if (feeds.some(({ name }) => !names.has(name) || (meta.cursors[name]?.cursor ?? null) !== cursor))
    return { change: {}, outcome: { kind: 'overtaken' } };

  const { epoch } = state;
  const restored = epoch !== null && epoch !== end.epoch;
  if (restored && meta.nextEpoch !== end.epoch)
    // What was accepted in the old epoch waits again from here on, before rows move under it.
    return {
      change: { put: reoffered(state), meta: { cursors: {}, nextEpoch: end.epoch } },
      outcome: { kind: 'reborn' },
    };

  const pages = lastTold(stretch.pages);
  let pulled = 0;
  const total = noChange();
  const left: NonNullable<Change['left']> = [];
  const whole: ReceivedPage[] = [];
  const mine = new Set(feeds.map(({ name }) => name));
  const others = wanted.filter(({ name }) => !mine.has(name));
  const scoped = new Set(wanted.flatMap(({ collection, scope }) => (scope ? collection : [])));

  /** Whether the server's word is older than what is here, from before a push of ours. */
  const older = ({ version: here, accepted }: Entry, version: number) =>
    version < here && (!rebuild || (!restored && accepted > rebuild.began));

  const take = (collection: string, key: string, version: number, row: Row | null, etag?: Etag) => {
    const entry = state.entry(collection, key);
    if (entry ? older(entry, version) : !row) return;
    if (entry && !row && scoped.has(collection)) {
      // Out of these scopes, and not changed since another one told it.
      if (version === entry.version && entry.base && holds(others, collection, entry.base)) return;
      // Perhaps deleted, perhaps somebody's in another scope: the server will tell whom it concerns.
      if (entry.pending.length && !restored) {
        const at = Math.max(version, entry.version);
        if (at > entry.left) left.push([collection, key, at]);
        return;
      }
      // What waits is offered on the row as it was: the answer will tell what has become of it.
      const next = entry.pending.find(isWaiting);
      if (next && !next.sent) return;
    }
    // The echo of our own push says nothing new.
    if (entry?.version === version && !entry.left && same(entry.base, row))
      return state.confirm(collection, key);
    pulled++;
    add(total, moveBase(collection, key, entry, { version, row, etag }, rules(collection)));
  };

  for (const page of pages) {
    const { collection, keys, versions, values, removed, removedVersions, etags } = page;
    const known = state.rows(collection);
    if (
      keys.length &&
      !keys.some((key) => known.has(key)) &&
      !removed.some((key) => known.has(key))
    ) {
      whole.push(page);
      pulled += keys.length;
      continue;
    }
    keys.forEach((key, i) =>
      take(collection, key, versions[i]!, { ...values[i], id: key }, etags?.[i]),
    );
    removed.forEach((key, i) => take(collection, key, removedVersions[i]!, null));
  }

  const last = !end.more;
  if (rebuild) {
    for (const { collection, keys, removed } of pages) {
      // What is told as removed is taken as that, with the version at which it went.
      for (const key of [...keys, ...removed]) rebuild.seen.get(collection)?.add(key);
    }
    // What was accepted after it began is not missing: it was not there to be told yet.
    for (const [collection, seen] of last ? rebuild.seen : [])
      for (const [key, { base, accepted }] of state.rows(collection))
        if (base && !seen.has(key) && (restored || accepted <= rebuild.began))
          if (holds(feeds, collection, base) && !holds(others, collection, base))
            take(collection, key, 0, null);
  }

  const here = { cursor: end.cursor, to: end.to };
  const cursors = { ...meta.cursors };
  if (!rebuild || last) for (const { name } of feeds) cursors[name] = here;
  const all = wanted.every(({ name }) => cursors[name]);
  const next: Partial<Meta> = {
    cursors,
    lastSyncedAt: stretch.now,
    // Bases mean nothing until all of them are from the new epoch.
    ...((!restored || all) && { epoch: end.epoch, nextEpoch: null, durable: end.durable }),
  };
  if (
    !total.rows.length &&
    !left.length &&
    !whole.length &&
    meta.epoch === (next.epoch ?? meta.epoch) &&
    !restored
  ) {
    // Nothing to keep but how far we are; pulling that stretch again costs less than a commit.
    state.note(next);
    return { change: {}, outcome: { kind: 'kept', pulled } };
  }
  return {
    change: { ...total, left, pages: whole, meta: next },
    outcome: { kind: 'kept', pulled },
  };
}

/** Of a row that is told several times in a stretch, only the last time counts. */
function lastTold(pages: readonly ReceivedPage[]): readonly ReceivedPage[] {
  const told = new Map<string, Set<string>>();
  const lastOf = (page: ReceivedPage): ReceivedPage => {
    const { collection, from, to, keys, removed } = page;
    const later = told.get(collection) ?? new Set();
    told.set(collection, later);
    const isLast = (key: string) => !later.has(key) && later.add(key).size > 0;
    const gone = removed.filter(isLast);
    const there = [...keys.keys()].reverse().filter((i) => isLast(keys[i]!));
    if (gone.length === removed.length && there.length === keys.length) return page;
    const pick = <T>(list: readonly T[]) => there.map((i) => list[i]!).reverse();
    return {
      ...{ collection, from, to, keys: pick(keys), values: pick(page.values) },
      versions: pick(page.versions),
      removed: gone,
      removedVersions: gone.map((key) => page.removedVersions[removed.indexOf(key)]!),
      ...(page.etags && { etags: there.map((i) => page.etags![i]).reverse() }),
    };
  };
  return [...pages].reverse().map(lastOf).reverse();
}
