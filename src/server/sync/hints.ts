/**
 * Tells, soon after a commit and on every node, that a workspace's counter has moved. The first
 * change is told at once; those that follow it wait for up to 50 ms and are told together, by one
 * NOTIFY outside of the writes' transactions, which it would slow. A slow poll of the counters
 * covers whatever gets lost, and finds out when a backup was put back beneath the node.
 */
import type { Database } from '../database/database.js';

const CHANNEL = 'bytelyst_rows';
const COALESCE_MS = 50;
const POLL_MS = 10_000;
/** Those who subscribe within so long share one statement: a herd comes back all at once. */
const GATHER_MS = 10;

export interface Hints {
  /** A transaction of this node has moved the counter to `seq`. */
  changed(workspace: string, seq: number): void;
  /**
   * Calls back with the counter as it stands, and whenever it has moved: whoever pulled before
   * misses nothing. Returns the way out.
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

/** `poll`: ms between two polls of the counters, for tests. */
export async function createHints(database: Database, { poll = POLL_MS } = {}): Promise<Hints> {
  const topics = new Map<string, Topic>();
  const dirty = new Map<string, number>();
  let gathering: NodeJS.Timeout | null = null;
  let pause: NodeJS.Timeout | null = null;
  let notifying = false;
  let closed = false;

  const tell = (workspace: string, seq: number) => {
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
    const moved = [...dirty];
    dirty.clear();
    for (const [workspace, seq] of moved) tell(workspace, seq);
    // One payload each, because it may have 8,000 bytes. What fails here the poll makes good.
    await database
      .query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [
        CHANNEL,
        moved.map((entry) => JSON.stringify(entry)),
      ])
      .catch(() => {});
    notifying = false;
    void flush();
  };

  const readCounters = (workspaces: readonly string[]) =>
    database.query<{ workspace: string; seq: number }>(
      'select workspace, seq from sync_scopes where workspace = any($1::text[])',
      [workspaces],
    );

  const tellFresh = async () => {
    gathering = null;
    const waiting = [...topics].filter(([, { fresh }]) => fresh.size).map(([name]) => name);
    if (!waiting.length) return;
    for (const { workspace, seq } of await readCounters(waiting)) {
      tell(workspace, seq);
      const topic = topics.get(workspace);
      for (const callback of topic?.fresh ?? []) callback(seq);
      topic?.fresh.clear();
    }
  };

  const readAll = async () => {
    if (!topics.size) return;
    const before = new Map([...topics].map(([workspace, { seq }]) => [workspace, seq]));
    const found = await readCounters([...before.keys()]);
    const counters = new Map(found.map(({ workspace, seq }) => [workspace, seq]));
    for (const [workspace, told] of before) {
      const seq = counters.get(workspace) ?? 0;
      const topic = topics.get(workspace);
      // What was told had been committed: a counter that is read later and stands lower went back.
      if (topic?.seq === told && seq < told) topic.seq = -1;
      tell(workspace, seq);
    }
  };

  const unlisten = await database.listen(CHANNEL, (payload) => {
    tell(...(JSON.parse(payload) as [workspace: string, seq: number]));
  });
  const polling = setInterval(() => void readAll().catch(() => {}), poll);
  polling.unref();

  return {
    changed(workspace, seq) {
      dirty.set(workspace, Math.max(seq, dirty.get(workspace) ?? 0));
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
      if (pause) clearTimeout(pause);
      await unlisten();
    },
  };
}
