/**
 * Tells, soon after a commit and on every node, that a workspace's counter has moved. The first
 * change is told at once; those that follow it wait for up to 50 ms and are told together, by one
 * NOTIFY outside of the writes' transactions, which it would slow. A slow poll of the counters
 * covers whatever gets lost, and finds out when a backup was put back beneath the node: counters of
 * another epoch can't be compared, so each is told anew.
 */
import type { Database } from '../database/database.js';
import type { DatabaseIdentity } from '../database/identity.js';

const CHANNEL = 'bytelyst_rows';
const COALESCE_MS = 50;
const POLL_MS = 10_000;
/** Those who subscribe or doubt within so long share a statement: a herd comes back all at once. */
const GATHER_MS = 10;

export interface Hints {
  /** A transaction of this node has moved the counter to `seq`. */
  changed(workspace: string, seq: number): void;
  /**
   * Calls back with the counter as it stands, whenever it has moved, and in a new epoch: whoever
   * pulled before misses nothing. Returns the way out.
   */
  subscribe(workspace: string, callback: (seq: number) => void): () => void;
  close(): Promise<void>;
}

interface Topic {
  seq: number;
  callbacks: Set<(seq: number) => void>;
  /** Those of them that have not heard where the counter stands. */
  fresh: Set<(seq: number) => void>;
}

/** Where the counter of a workspace stood, in which life of the database; as NOTIFY carries it. */
type Moved = [workspace: string, seq: number, epoch: string];

/**
 * `identity`: the epoch in which what this node changes is committed. `poll`: ms between two polls
 * of the counters, for tests.
 */
export async function createHints(
  database: Database,
  identity: Pick<DatabaseIdentity, 'epoch'>,
  { poll = POLL_MS } = {},
): Promise<Hints> {
  const topics = new Map<string, Topic>();
  const dirty = new Map<string, Moved>();
  /** The one that the topics' counters are of. */
  let { epoch } = identity;
  let rereading: NodeJS.Timeout | null = null;
  let gathering: NodeJS.Timeout | null = null;
  let pause: NodeJS.Timeout | null = null;
  let notifying = false;
  let closed = false;

  const tell = (...[workspace, seq, of]: Moved) => {
    // Which of the two is over, the database knows; the message may be a late one.
    if (of !== epoch) return reread();
    const topic = topics.get(workspace);
    if (!topic || seq <= topic.seq) return;
    topic.seq = seq;
    topic.fresh.clear();
    for (const callback of topic.callbacks) callback(seq);
  };

  const flush = async () => {
    if (notifying || pause || closed || !dirty.size) return;
    notifying = true;
    pause = setTimeout(() => {
      pause = null;
      void flush();
    }, COALESCE_MS);
    const moved = [...dirty.values()];
    dirty.clear();
    for (const counter of moved) tell(...counter);
    // One payload each, because it may have 8,000 bytes. What fails here the poll makes good.
    await database
      .query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [
        CHANNEL,
        moved.map((counter) => JSON.stringify(counter)),
      ])
      .catch(() => {});
    notifying = false;
    void flush();
  };

  const reread = () => {
    rereading ??= setTimeout(() => {
      rereading = null;
      void readAll().catch(() => {});
    }, GATHER_MS);
  };

  /** The counters there are, and their epoch, which is the topics’ from now on. */
  const readCounters = async (workspaces: readonly string[]) => {
    const found = await database.query<{ epoch: string; workspace: string | null; seq: number }>(
      `select identity.epoch, s.workspace, s.seq
         from identity left join sync_scopes s on s.workspace = any($1::text[])`,
      [workspaces],
    );
    const now = found[0]?.epoch ?? epoch;
    if (now !== epoch) {
      epoch = now;
      for (const topic of topics.values()) topic.seq = -1;
      // Those that were not asked for, too.
      reread();
    }
    const counters = new Map<string, number>();
    for (const { workspace, seq } of found) if (workspace !== null) counters.set(workspace, seq);
    return { counters, now };
  };

  const tellFresh = async () => {
    gathering = null;
    const waiting = [...topics].filter(([, { fresh }]) => fresh.size).map(([name]) => name);
    if (!waiting.length) return;
    const { counters, now } = await readCounters(waiting);
    for (const [workspace, seq] of counters) {
      tell(workspace, seq, now);
      const topic = topics.get(workspace);
      for (const callback of topic?.fresh ?? []) callback(seq);
      topic?.fresh.clear();
    }
  };

  const readAll = async () => {
    if (!topics.size) return;
    const before = new Map([...topics].map(([workspace, { seq }]) => [workspace, seq]));
    const { counters, now } = await readCounters([...before.keys()]);
    for (const [workspace, told] of before) {
      const seq = counters.get(workspace) ?? 0;
      const topic = topics.get(workspace);
      // What was told had been committed: a counter that is read later and stands lower went back.
      if (topic?.seq === told && seq < told) topic.seq = -1;
      tell(workspace, seq, now);
    }
  };

  const unlisten = await database.listen(CHANNEL, (payload) => {
    tell(...(JSON.parse(payload) as Moved));
  });
  const polling = setInterval(() => void readAll().catch(() => {}), poll);
  polling.unref();

  return {
    changed(workspace, seq) {
      const [, before = 0, of] = dirty.get(workspace) ?? [];
      const { epoch: now } = identity;
      dirty.set(workspace, [workspace, of === now ? Math.max(seq, before) : seq, now]);
      void flush();
    },
    subscribe(workspace, callback) {
      const topic = topics.get(workspace) ?? { seq: 0, callbacks: new Set(), fresh: new Set() };
      topics.set(workspace, topic);
      topic.callbacks.add(callback);
      topic.fresh.add(callback);
      gathering ??= setTimeout(() => void tellFresh().catch(() => {}), GATHER_MS);
      return () => {
        topic.callbacks.delete(callback);
        topic.fresh.delete(callback);
        if (!topic.callbacks.size && topics.get(workspace) === topic) topics.delete(workspace);
      };
    },
    async close() {
      closed = true;
      clearInterval(polling);
      if (gathering) clearTimeout(gathering);
      if (rereading) clearTimeout(rereading);
      if (pause) clearTimeout(pause);
      await unlisten();
    },
  };
}
