/** One pull: read the lines, check that no range is missing, commit rows and cursor together. */
import {
  isPullEnd,
  isPullReset,
  type Etag,
  type PullEnd,
  type PullPage,
} from '../protocol/index.js';
import type { Commits } from './commits.js';
import { SyncError } from './errors.js';
import { same } from './coalesce.js';
import { add, moveBase, noChange, type RebaseRules } from './rebase.js';
import type { State } from './state.js';
import type { Row } from './types.js';
import type { Call, Transport } from './transport/transport.js';

export interface PullHost {
  state: State;
  commits: Pick<Commits, 'change'>;
  transport: Transport;
  collections: string[];
  call<T>(work: (call: Call) => Promise<T>): Promise<T>;
  rules(collection: string): RebaseRules;
  now(): number;
  /** The server rebuilt what it told so far; rows that it no longer has will go. */
  onReset(reason: string): void;
}

interface Answer {
  pages: PullPage[];
  end: PullEnd;
}

export interface PullOutcome {
  pulled: number;
  more: boolean;
}

/** Pulls the next stretch; after a reset, all of it, applied as one difference. */
export async function pullOnce(host: PullHost): Promise<PullOutcome> {
  const { cursor, pulledTo, epoch } = host.state.meta;
  const answer = await ask(host, cursor, cursor ? pulledTo : 0);
  if (answer !== 'reset' && (!epoch || answer.end.epoch === epoch))
    return commit(host, answer, null);

  host.onReset(answer === 'reset' ? 'The server asked for it.' : 'The database was restored.');
  const seen = new Map<string, Set<string>>(host.collections.map((name) => [name, new Set()]));
  const began = host.state.rev;
  const pages: PullPage[] = [];
  let next: string | null = null;
  let to = 0;
  for (;;) {
    const part: Answer | 'reset' = await ask(host, next, to);
    if (part === 'reset')
      throw new SyncError('bad-answer', 'The server resets a pull that has just begun.');
    for (const page of part.pages) {
      for (const key of page.keys) seen.get(page.collection)?.add(key);
      for (const key of page.removed) seen.get(page.collection)?.delete(key);
    }
    pages.push(...part.pages);
    next = part.end.cursor;
    to = part.end.to;
    if (!part.end.more) return commit(host, { pages, end: part.end }, { seen, began });
  }
}

async function ask(
  host: PullHost,
  cursor: string | null,
  start: number,
): Promise<Answer | 'reset'> {
  return host.call(async (call) => {
    const pages: PullPage[] = [];
    let [from, to] = [start, start];
    let end: PullEnd | undefined;
    // Read to the very end: leaving early would tear the connection down.
    for await (const line of host.transport.pull(cursor, host.collections, call)) {
      if (isPullReset(line)) return 'reset';
      if (isPullEnd(line)) {
        if (line.to < to) throw hole(to, line.to);
        end = line;
        continue;
      }
      // Several lines may tell one range, a line for each collection; then the next range joins.
      if (line.from !== from || line.to !== to) {
        if (line.from !== to || line.to <= to) throw hole(to, line.from);
        [from, to] = [line.from, line.to];
      }
      if (host.collections.includes(line.collection)) pages.push(line);
    }
    if (!end) throw new SyncError('offline', 'The server’s answer was cut off.');
    return { pages, end };
  });
}

function hole(at: number, next: number): SyncError {
  return new SyncError('bad-answer', `The server’s changes have a hole: ${at}, then ${next}.`);
}

async function commit(
  host: PullHost,
  { pages, end }: Answer,
  /** After a reset: every key that still exists, and the log's revision when it began. */
  reset: { seen: ReadonlyMap<string, ReadonlySet<string>>; began: number } | null,
): Promise<PullOutcome> {
  let pulled = 0;
  await host.commits.change((state) => {
    pulled = 0;
    const total = noChange();
    const reborn = state.meta.epoch !== null && state.meta.epoch !== end.epoch;
    const take = (
      collection: string,
      key: string,
      version: number,
      row: Row | null,
      etag?: Etag,
    ) => {
      const entry = state.entry(collection, key);
      // Older than what is here: from before a push of ours, unless the server began anew.
      const older = entry && version < entry.version;
      if (older && (!reset || entry.accepted > reset.began)) return;
      if (!row && !entry) return;
      // The echo of our own push says nothing new.
      if (entry?.version === version && same(entry.base, row))
        return state.confirm(collection, key);
      pulled++;
      const rules = host.rules(collection);
      add(total, moveBase(collection, key, entry, { version, row, etag }, rules, reborn));
    };
    for (const { collection, keys, versions, values, removed, removedVersions, etags } of pages) {
      keys.forEach((key, i) =>
        take(collection, key, versions[i]!, { ...values[i], id: key }, etags?.[i]),
      );
      removed.forEach((key, i) => take(collection, key, removedVersions[i]!, null));
    }
    // What was accepted after the rebuild began is not missing: it was not there to be told yet.
    for (const [collection, keys] of reset?.seen ?? [])
      for (const [key, { base, accepted }] of state.rows(collection))
        if (base && !keys.has(key) && accepted <= reset!.began) take(collection, key, 0, null);
    const { cursor, to, epoch } = end;
    const meta = { cursor, pulledTo: to, epoch, lastSyncedAt: host.now() };
    if (total.rows.length || state.meta.epoch !== epoch) return { ...total, meta };
    // Nothing to keep but how far we are; pulling that stretch again costs less than a commit.
    state.note(meta);
    return {};
  });
  return { pulled, more: end.more };
}
