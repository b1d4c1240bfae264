/**
 * Writes the rows of `results` that are marked as behind, at most twice a second. The marks are in
 * the database: a crash loses none, and of several nodes the first to come takes one.
 */
import type { JsonObject } from '../../protocol/index.js';
import type { Database, Queryable } from '../database/database.js';
import { addressOf, readRows, readVersionFloor, type RowWrite, writeRows } from '../sync/rows.js';
import { countMetrics, isCounted } from './counted-metrics.js';
import { markLooksDue, takeLook } from './looks.js';
import { readResults } from './results.js';

const DEBOUNCE_MS = 400;
/** For marks whose node died before it published. */
const POLL_MS = 5_000;
/** Rows of one transaction: each may have a megabyte. */
const BATCH = 10;

export interface Publisher {
  /** Something was marked; published soon. */
  resultsStale(): void;
  /** Publishes all that is marked now. Rejects when a workspace fails, after the others' turn. */
  publish(): Promise<void>;
  close(): Promise<void>;
}

export interface PublisherOptions {
  database: Database;
  now: () => number;
  rowsChanged(workspace: string, seq: number): void;
  /** Publishing failed; it will be tried again. */
  onError(error: unknown): void;
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { database, now, rowsChanged, onError } = options;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();

  let today = '';

  async function publishAll(): Promise<void> {
    const day = new Date(now()).toISOString().slice(0, 10);
    if (day !== today) await markLooksDue(database);
    today = day;
    const stale = await database.query<{ workspace: string; experiments: string[] }>(
      `select workspace, array_agg(experiment) as experiments from stale_results
        group by workspace`,
    );
    const errors: unknown[] = [];
    for (const { workspace, experiments } of stale) {
      try {
        for (const experiment of experiments) await countMetrics(database, workspace, experiment);
        const store = database.forWorkspace(workspace);
        for (let isMore = true; isMore;) {
          const published = await store.transaction((tx) =>
            publishSome(tx, workspace, new Date(now())),
          );
          if (published.seq !== null) rowsChanged(workspace, published.seq);
          isMore = published.isMore;
        }
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length) {
      throw new AggregateError(errors, `${errors.length} of ${stale.length} workspaces failed`);
    }
  }

  const publish = () => {
    const next = running.then(publishAll);
    running = next.catch(() => {});
    return next;
  };
  const polling = setInterval(() => void publish().catch(onError), POLL_MS);
  polling.unref();

  return {
    resultsStale() {
      timer ??= setTimeout(() => {
        timer = null;
        void publish().catch(onError);
      }, DEBOUNCE_MS);
    },
    publish,
    async close() {
      clearInterval(polling);
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}

/**
 * Takes some marks and writes their rows; where the counter stands, or null when none was. Marks of
 * experiments whose metrics have changed meanwhile stay until those are counted.
 */
async function publishSome(
  tx: Queryable,
  workspace: string,
  now: Date,
): Promise<{ seq: number | null; isMore: boolean }> {
  // Waits for those who are setting a mark: what they changed is then visible below.
  const marks = await tx.query<{ experiment: string }>(
    `select experiment from stale_results where workspace = $1
      order by experiment limit ${BATCH} for update`,
    [workspace],
  );
  if (!marks.length) return { seq: null, isMore: false };
  const keys: string[] = [];
  for (const { experiment } of marks) {
    if (await isCounted(tx, workspace, experiment)) keys.push(experiment);
  }
  await tx.query(
    'delete from stale_results where workspace = $1 and experiment = any($2::text[])',
    [workspace, keys],
  );
  const addresses = keys.map((key) => ({ collection: 'results', key }));
  const rows = await readRows(tx, workspace, addresses);
  const isNew = addresses.some((address) => !rows.has(addressOf(address)));
  const floor = isNew ? await readVersionFloor(tx, workspace) : 0;
  const writes: RowWrite[] = [];
  for (const address of addresses) {
    const found = await readResults(tx, workspace, address.key, now);
    const looked = found && (await takeLook(tx, workspace, address.key, found, now));
    const value = (looked ?? found) as JsonObject | null;
    const { version, value: before } = rows.get(addressOf(address)) ?? {
      version: 0,
      value: null,
    };
    // Events may name experiments that are not, or not yet.
    if (value === null && before === null) continue;
    writes.push({
      ...address,
      value,
      version: (version || floor) + 1,
      base: version,
      by: 'results',
    });
  }
  const seq = writes.length ? await writeRows(tx, workspace, writes) : null;
  return { seq, isMore: keys.length === BATCH };
}
