/** Runs in the page: one function for each visit, called by run.ts. Times are ms. */
import {
  AWAITED,
  BURST,
  FIRST,
  makeBatches,
  makeChanges,
  makeRows,
  MANY_ROWS,
  ownerOf,
  OWNERS,
  QUERIES,
  RANKS,
  ROWS,
} from './rows.js';
import type { BenchRow } from './rows.js';
import type { Peer, Server, Store } from './peers/peer.js';
import type { PeerName, Times, Visit } from './works.js';

/** A bundle of its own for each, so that nobody pays for parsing the others. */
const peers: Record<PeerName, () => Promise<{ peer: Peer }>> = {
  bytelyst: () => import('./peers/bytelyst.js'),
  bare: () => import('./peers/bare.js'),
  idb: () => import('./peers/idb.js'),
  dexie: () => import('./peers/dexie.js'),
  rxdb: () => import('./peers/rxdb.js'),
  pouchdb: () => import('./peers/pouchdb.js'),
  tinybase: () => import('./peers/tinybase.js'),
  replicache: () => import('./peers/replicache.js'),
  tanstack: () => import('./peers/tanstack.js'),
};

/** Writes from here on are strict, whatever the peer asks for: some have no option for it. */
function strictWrites(): void {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const strict = mode === 'readwrite' ? { ...options, durability: 'strict' as const } : options;
    return transaction.call(this, stores, mode, strict);
  };
}

type Prepared = { open: (database: string, server: Server) => Promise<Store> };

const visits: Record<Visit, (prepared: Prepared) => Promise<Times>> = {
  async write({ open }) {
    strictWrites();
    const rows = makeRows(ROWS);
    const store = await open('write', serverOf([]));
    const { write } = store;
    return write ? { write: await timed(() => write(rows)) } : {};
  },

  async sync({ open }) {
    const { sync, settle, all } = await open('synced', serverOf(makeRows(ROWS), 'recording-10000'));
    if (!sync) return {};
    const time = await timed(sync);
    if (all) check(await all(), ROWS);
    await settle?.();
    return { sync: time };
  },

  async many({ open }) {
    const server = serverOf(makeRows(MANY_ROWS), 'recording-100000');
    const { sync, all } = await open('many', server);
    if (!sync) return {};
    const tasks = watchTasks();
    const many = await timed(sync);
    const longest = await tasks();
    if (all) check(await all(), MANY_ROWS);
    return longest === undefined ? { many } : { many, longest };
  },

  async reload({ open }) {
    const times: Times = {};
    const server = serverOf(makeRows(ROWS));
    const start = performance.now();
    const { first, all, below } = await open('synced', server);
    if (first && all) {
      const some = await first(FIRST);
      times.first = performance.now() - start;
      check(some, FIRST);
      const before = performance.now();
      const every = await all();
      times.all = times.first + performance.now() - before;
      check(every, ROWS);
    }
    if (below) {
      const runs: number[] = [];
      for (let i = 0; i < 9; i++) {
        let found: readonly BenchRow[] = [];
        // Another bound each time, so that no cache answers.
        runs.push(await timed(async () => (found = await below(RANKS - i))));
        check(found, RANKS - i);
      }
      times.query = quantile(runs, 0.5);
    }
    return times;
  },

  async awaited({ open }) {
    strictWrites();
    const { add } = await open('awaited', serverOf([]));
    if (!add) return {};
    const rows = makeRows(AWAITED);
    return {
      awaited: await timed(async () => {
        for (const row of rows) await add(row);
      }),
    };
  },

  async burst({ open }) {
    strictWrites();
    const rows = makeRows(ROWS);
    const { burst, drain, serve } = await open('synced', serverOf(rows));
    if (!burst) return {};
    serve?.();
    const changes = makeChanges(rows, BURST, 'In a burst');
    const times: Times = { burst: await timed(() => burst(changes)) };
    if (drain) times.drain = await timed(async () => (times.requests = await drain()));
    return times;
  },

  async live({ open }) {
    const rows = makeRows(ROWS);
    const store = await open('synced', serverOf(rows));
    const { watch, change } = store;
    if (!watch || !change) return {};
    const told = await watched(watch);
    const runs: number[] = [];
    for (const one of makeChanges(rows, 100, 'For the queries')) {
      const all = told();
      const start = performance.now();
      const written = change(one);
      await all;
      runs.push(performance.now() - start);
      await written;
      await quiet();
    }
    return { live: quantile(runs, 0.95) };
  },
};

/** The other tab: answers when five of its queries have heard. */
async function follow(name: PeerName): Promise<boolean> {
  const { open } = await prepare(name);
  const { watch, tellsTabs } = await open('synced', serverOf(makeRows(ROWS)));
  if (!watch || !tellsTabs) return false;
  const told = await watched(watch);
  const channel = new BroadcastChannel('bench');
  channel.onmessage = async () => {
    const all = told();
    channel.postMessage('ready');
    await all;
    channel.postMessage('told');
  };
  return true;
}

/** From a write in this tab until the other one says that its queries were told. */
async function lead(name: PeerName): Promise<Times> {
  const rows = makeRows(ROWS);
  const { open } = await prepare(name);
  const { change } = await open('synced', serverOf(rows));
  const channel = new BroadcastChannel('bench');
  const says = (word: string): Promise<void> =>
    new Promise((said) => {
      channel.onmessage = ({ data }) => {
        if (data === word) said();
      };
    });
  const runs: number[] = [];
  for (const one of makeChanges(rows, 50, 'For the other tab')) {
    const ready = says('ready');
    channel.postMessage('watch');
    await ready;
    const told = says('told');
    const start = performance.now();
    const written = change?.(one);
    await told;
    runs.push(performance.now() - start);
    await written;
    await quiet();
  }
  return { other: quantile(runs, 0.95) };
}

/** Sets the live queries up; each call's promise resolves when five more were told. */
async function watched(watch: NonNullable<Store['watch']>): Promise<() => Promise<void>> {
  const perOwner = QUERIES / OWNERS;
  let count = 0;
  let resolve: () => void = () => {};
  const owners = Array.from({ length: QUERIES }, (_, i) => ownerOf(i));
  await watch(owners, () => {
    if (++count === perOwner) resolve();
  });
  await quiet();
  return () => {
    count = 0;
    return new Promise((told) => (resolve = told));
  };
}

function quiet(): Promise<void> {
  return new Promise((passed) => setTimeout(passed, 20));
}

/** Collects the main thread's tasks; a task that is not long counts as none. */
function watchTasks(): () => Promise<number | undefined> {
  if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return async () => undefined;
  let longest = 0;
  const take = (entries: readonly PerformanceEntry[]): void => {
    for (const { duration } of entries) longest = Math.max(longest, duration);
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ entryTypes: ['longtask'] });
  return async () => {
    await new Promise((told) => setTimeout(told, 100));
    take(observer.takeRecords());
    observer.disconnect();
    return longest;
  };
}

function serverOf(rows: readonly BenchRow[], recording = ''): Server {
  return { rows, batches: recording ? makeBatches(rows) : [], recording };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? NaN;
}

/** A fast wrong answer is no answer. */
function check(found: readonly BenchRow[], count: number): void {
  const whole = found.every(({ id, note }) => id.startsWith('row-') && note.length > 0);
  if (found.length !== count || !whole || new Set(found.map(({ id }) => id)).size !== count)
    throw new Error(`Expected ${count} rows, got ${found.length}.`);
}

async function prepare(name: PeerName): Promise<Prepared> {
  const { peer } = await peers[name]();
  return { open: (database, server) => peer.open(database, server) };
}

const bench = {
  visit: async (visit: Visit, name: PeerName): Promise<Times> => visits[visit](await prepare(name)),
  follow,
  lead,
};
export type Bench = typeof bench;
globalThis.bench = bench;
