/** What is measured: the rows of the table, their goals, and in which visit of a page. */
export type PeerName =
  | 'bytelyst'
  | 'bare'
  | 'idb'
  | 'dexie'
  | 'rxdb'
  | 'pouchdb'
  | 'tinybase'
  | 'replicache'
  | 'tanstack';

/** One visit of a page, in this order; each starts with a cold engine and a cold JIT. */
export const visits = ['write', 'sync', 'reload', 'awaited', 'burst', 'live', 'many'] as const;
export type Visit = (typeof visits)[number];

export interface Work {
  title: string;
  visit: Visit;
  /** `ms` where absent. */
  unit?: 'requests';
  atMost?: number;
  /** What is shorter can't be seen and counts as 0. */
  seenFrom?: number;
  /** The peer's time over ours, at least; `others` is every peer but the bare floor. */
  against?: Partial<Record<PeerName | 'others', number>>;
}

export const works = {
  write: {
    title: 'bulk write, 10,000 rows',
    visit: 'write',
    against: { bare: 1 / 2, others: 5, dexie: 20 },
  },
  sync: { title: 'first sync, 10,000 rows', visit: 'sync', atMost: 100 },
  many: { title: 'first sync, 100,000 rows', visit: 'many', atMost: 1_500 },
  longest: {
    title: '– its longest task on the main thread',
    visit: 'many',
    atMost: 50,
    seenFrom: 50,
  },
  first: { title: 'reload, first 100 rows', visit: 'reload', atMost: 25 },
  all: { title: 'reload, all 10,000 queryable', visit: 'reload', atMost: 80 },
  query: { title: 'indexed query, 30 % of 10,000 rows', visit: 'reload', atMost: 3 },
  awaited: {
    title: '50 awaited writes with their place in the outbox',
    visit: 'awaited',
    against: { bare: 1 / 1.3 },
  },
  burst: { title: 'burst of 500 changes until durable', visit: 'burst', atMost: 40 },
  drain: { title: 'drain 500 to the server', visit: 'burst', atMost: 25 },
  requests: { title: '– requests that takes', visit: 'burst', unit: 'requests', atMost: 5 },
  live: { title: 'write → 5 of 100 live queries, own tab, p95', visit: 'live', atMost: 1.5 },
  other: { title: '– other tab and back, p95', visit: 'live', atMost: 8 },
} satisfies Record<string, Work>;

export type WorkName = keyof typeof works;
export type Times = Partial<Record<WorkName, number>>;
