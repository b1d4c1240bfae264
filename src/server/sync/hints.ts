/**
 * Tells, soon after a commit and on every node, that a workspace's counter has moved. At most one
 * NOTIFY per 50 ms, outside of the writes' transactions, which it would slow; a slow poll of the
 * counters covers whatever gets lost.
 */
import type { Database } from '../database/database.js';

const CHANNEL = 'bytelyst_rows';
const COALESCE_MS = 50;
const POLL_MS = 10_000;

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
}

export async function createHints(database: Database): Promise<Hints> {
  const topics = new Map<string, Topic>();
  const dirty = new Map<string, number>();
  let flushing: NodeJS.Timeout | null = null;

  const tell = (workspace: string, seq: number) => {
    const topic = topics.get(workspace);
    if (!topic || seq <= topic.seq) return;
    topic.seq = seq;
    for (const callback of topic.callbacks) callback(seq);
  };

  const flush = async () => {
    flushing = null;
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
  };

  const readCounters = (workspaces: readonly string[]) =>
    database.query<{ workspace: string; seq: number }>(
      'select workspace, seq from sync_scopes where workspace = any($1::text[])',
      [workspaces],
    );

  const poll = async () => {
    if (!topics.size) return;
    for (const { workspace, seq } of await readCounters([...topics.keys()])) tell(workspace, seq);
  };

  const unlisten = await database.listen(CHANNEL, (payload) => {
    tell(...(JSON.parse(payload) as [workspace: string, seq: number]));
  });
  const polling = setInterval(() => void poll().catch(() => {}), POLL_MS);
  polling.unref();

  return {
    changed(workspace, seq) {
      dirty.set(workspace, Math.max(seq, dirty.get(workspace) ?? 0));
      flushing ??= setTimeout(() => void flush(), COALESCE_MS);
    },
    subscribe(workspace, callback) {
      const topic = topics.get(workspace) ?? { seq: 0, callbacks: new Set() };
      topics.set(workspace, topic);
      topic.callbacks.add(callback);
      readCounters([workspace]).then(
        ([counter]) => counter && topic.callbacks.has(callback) && callback(counter.seq),
        () => {},
      );
      return () => {
        topic.callbacks.delete(callback);
        if (!topic.callbacks.size) topics.delete(workspace);
      };
    },
    async close() {
      clearInterval(polling);
      if (flushing) clearTimeout(flushing);
      await unlisten();
    },
  };
}
