/** Runs in the page: each function is one measurement, called by run.ts. Times are ms. */
import { makeChanges, makeRows } from './rows.js';
import type { Peer, Store } from './peers/peer.js';
import { peer as bare } from './peers/bare.js';
import { peer as bytelyst } from './peers/bytelyst.js';
import { peer as dexie } from './peers/dexie.js';
import { peer as idb } from './peers/idb.js';

export const ROWS = 10_000;
export const FIRST = 100;
export const BURST = 500;

const peers: Record<string, Peer> = { bytelyst, bare, idb, dexie };
const rows = makeRows(ROWS);

/** Bulk write into an empty database. */
async function write(name: string): Promise<{ write: number }> {
  const store = await open(name, 'write');
  const start = performance.now();
  await store.write(rows);
  return { write: performance.now() - start };
}

/** Leaves a database behind that `reload` opens in a new page. */
async function fill(name: string): Promise<void> {
  await (await open(name, 'filled')).fill(rows);
}

/** Opening included; then a burst, and a look whether it is there. */
async function reload(name: string): Promise<{ first: number; all: number; burst: number }> {
  const start = performance.now();
  const store = await open(name, 'filled');
  check(await store.first(FIRST), FIRST);
  const first = performance.now() - start;
  check(await store.all(), ROWS);
  const all = performance.now() - start;

  const changes = makeChanges(rows, BURST);
  const before = performance.now();
  await store.burst(changes);
  return { first, all, burst: performance.now() - before };
}

function open(name: string, database: string): Promise<Store> {
  const peer = peers[name];
  if (peer === undefined) throw new Error(`Unknown peer ${name}.`);
  return peer.open(database);
}

/** A fast wrong answer is no answer. */
function check(found: readonly { id: string; note: string }[], count: number): void {
  const right = found.length === count && found.every(({ note }) => note.length > 0);
  if (!right || found[0]?.id !== rows[0]?.id) {
    throw new Error(`Expected ${count} rows, got ${found.length}.`);
  }
}

const bench = { write, fill, reload };
export type Bench = typeof bench;
globalThis.bench = bench;
