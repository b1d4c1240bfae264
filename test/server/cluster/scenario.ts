/**
 * Three nodes on one PostgreSQL behind a balancer, devices that write all the time, and what can
 * happen to such a cluster: a node is killed in the middle of a push, PostgreSQL crashes, and the
 * database is lost and restored from a backup. Then everything is counted.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, startPostgresCluster } from '../../../scripts/machine/postgres.js';
import { openPostgres } from '../../../src/server/database/postgres.js';
import { type Balancer, startBalancer } from './balancer.js';
import { createDevice, type Device } from './load.js';
import { type Node, startNode } from './node.js';

export interface ClusterCounts {
  nodes: number;
  devices: number;
  /** Writes and events of all devices, and those that the server had acknowledged, by the end. */
  writes: number;
  acknowledged: number;
  kills: number;
  databaseCrashes: number;
  restores: number;
  /** Acknowledged rows and events that a backup did not have, and devices brought back. */
  healed: number;
  healedEvents: number;
  /** Acknowledged, and not there at the end, or in an older state. */
  lost: number;
  /** Rows and events that are there although nobody wrote them, and counts that are too high. */
  twice: number;
  /** Devices whose rows are not the server's at the end. */
  diverged: number;
  /** Writes that ended as dead letters or conflicts. */
  failed: number;
}

export interface ScenarioOptions {
  devices?: number;
  /** Writes of each device that the server has to acknowledge between two events. */
  between?: number;
  log?: (line: string) => void;
}

const WORKSPACE = 'cluster';
const NODES = 3;

export async function runScenario(options: ScenarioOptions = {}): Promise<ClusterCounts> {
  const { devices: wanted = 4, between = 12, log = () => {} } = options;
  const programs = findPostgres();
  if (!programs) throw new Error('The scenario crashes PostgreSQL, so it needs its programs here.');
  const postgres = await startPostgresCluster(programs);
  const secret = randomBytes(32).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'bytelyst-cluster-'));

  let url = databaseUrl(postgres.url, 'first');
  tool(programs, 'createdb', ['--maintenance-db', postgres.url, 'first']);
  const start = (port?: number) =>
    startNode({ DATABASE_URL: url, BYTELYST_SECRET: secret, BYTELYST_BACKUP_HOURS: '1' }, port);
  // The first alone, so that the time of the others' start is not spent on waiting for its lock.
  const nodes: Node[] = [await start()];
  nodes.push(...(await Promise.all(Array.from({ length: NODES - 1 }, () => start()))));
  let balancer: Balancer | undefined;
  const devices: Device[] = [];
  const load = () => acknowledgeMore(devices, between);
  try {
    balancer = await startBalancer(() => nodes.map(({ port }) => port));
    for (let i = 0; i < wanted; i++) {
      const name = `d${i}`;
      const device = { url: balancer.url, secret, workspace: WORKSPACE, name };
      devices.push(await createDevice(device));
    }
    await devices[0]!.prepare();
    for (const device of devices) {
      await device.sync.pull();
      device.start();
    }
    await load();

    const [victim] = nodes as [Node, ...Node[]];
    await balancer.pushTo(victim.port);
    await victim.kill();
    log(`a node was killed in the middle of a push; ${tell(await missing(url, devices))}`);
    await load();
    nodes[0] = await start(victim.port);
    await load();

    await postgres.crash();
    log(`PostgreSQL crashed; ${tell(await missing(url, devices))}`);
    await load();

    const backup = join(folder, 'backup');
    tool(programs, 'pg_dump', ['-Fc', '-f', backup, url]);
    await load();
    await Promise.all(nodes.map((node) => node.stop()));
    url = databaseUrl(postgres.url, 'restored');
    tool(programs, 'createdb', ['--maintenance-db', postgres.url, 'restored']);
    tool(programs, 'pg_restore', ['-d', url, backup]);
    const gone = await missing(url, devices);
    log(`a backup was restored; ${tell(gone)}`);
    await Promise.all(nodes.map(async ({ port }, i) => (nodes[i] = await start(port))));
    await load();

    await Promise.all(devices.map((device) => device.stop()));
    await settle(devices);
    return await count(url, devices, gone);
  } finally {
    await Promise.all(devices.map((device) => device.stop()));
    await Promise.all(devices.map(({ sync }) => sync.close()));
    await balancer?.close();
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until the server has acknowledged so many more writes of every device; a minute at most. */
async function acknowledgeMore(devices: readonly Device[], writes: number): Promise<void> {
  const enough = devices.map(({ counts }) => counts.acknowledged + writes);
  const deadline = Date.now() + 60_000;
  while (devices.some(({ counts }, i) => counts.acknowledged < enough[i]!)) {
    if (Date.now() > deadline) throw new Error('A device gets no answers to its writes.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Until nobody has anything to send, and all have everything; a minute at most. */
async function settle(devices: readonly Device[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (let quiet = 0; quiet < 2 && Date.now() < deadline;) {
    const results = await Promise.all(devices.map(({ sync }) => sync.flush()));
    const idle = devices.every(({ sync }) => sync.getQueueLength() === 0);
    quiet = idle && results.every(({ success }) => success) ? quiet + 1 : 0;
    if (!quiet) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Stored {
  rows: Map<string, { revision?: number; count?: number; title: string }>;
  events: Set<string>;
}

async function read(url: string): Promise<Stored> {
  const database = await openPostgres(url);
  try {
    const rows = await database.query<{ key: string; value: { title: string } }>(
      `select key, value from rows
        where workspace = $1 and collection = 'tasks' and value is not null`,
      [WORKSPACE],
    );
    const events = await database.query<{ id: string }>(
      'select id from conversions where workspace = $1',
      [WORKSPACE],
    );
    return {
      rows: new Map(rows.map(({ key, value }) => [key, value])),
      events: new Set(events.map(({ id }) => id)),
    };
  } finally {
    await database.close();
  }
}

/** Rows and events acknowledged before this call that the database has not, or in an older state. */
interface Missing {
  rows: string[];
  events: string[];
}

async function missing(url: string, devices: readonly Device[]): Promise<Missing> {
  const rows = devices.flatMap(({ acknowledged }) => [...acknowledged]);
  const events = devices.flatMap((device) => [...device.events.acknowledged]);
  const stored = await read(url);
  return {
    rows: rows
      .filter(([id, revision]) => (stored.rows.get(id)?.revision ?? 0) < revision)
      .map(([id]) => id),
    events: events.filter((id) => !stored.events.has(id)),
  };
}

function tell({ rows, events }: Missing): string {
  return `lost: ${rows.length} rows, ${events.length} events`;
}

async function count(
  url: string,
  devices: readonly Device[],
  gone: Missing,
): Promise<ClusterCounts> {
  const { rows, events } = await read(url);
  const now = await missing(url, devices);
  const sum = (of: (device: Device) => number) =>
    devices.reduce((total, device) => total + of(device), 0);
  const counted = [...rows.values()].reduce((total, row) => total + (row.count ?? 0), 0);
  const increments = sum(({ counts }) => counts.increments);
  const written = new Map(devices.flatMap((device) => [...device.written]));
  const eventsWritten = new Set(devices.flatMap((device) => [...device.events.written]));
  const unasked = [...rows].filter(
    ([id, { revision, count: of }]) => of === undefined && revision !== written.get(id),
  );
  const states = devices.map(({ sync }) => sync.getStatus());
  return {
    nodes: NODES,
    devices: devices.length,
    writes: sum(({ counts }) => counts.writes),
    acknowledged: sum(({ counts }) => counts.acknowledged),
    kills: 1,
    databaseCrashes: 1,
    restores: 1,
    healed: gone.rows.filter((id) => !now.rows.includes(id)).length,
    healedEvents: gone.events.filter((id) => !now.events.includes(id)).length,
    lost: now.rows.length + now.events.length + Math.max(0, increments - counted),
    twice:
      unasked.length +
      Math.max(0, counted - increments) +
      [...events].filter((id) => !eventsWritten.has(id)).length,
    diverged: devices.filter((device) => !isEqual(device.rows(), rows)).length,
    failed: states.reduce((total, { failed, conflicts }) => total + failed + conflicts, 0),
  };
}

function isEqual(seen: Record<string, object>, stored: Stored['rows']): boolean {
  const text = (id: string, row: object) =>
    JSON.stringify(Object.entries({ ...row, id }).sort(([a], [b]) => (a < b ? -1 : 1)));
  const ids = Object.keys(seen);
  return (
    ids.length === stored.size &&
    ids.every((id) => stored.has(id) && text(id, seen[id]!) === text(id, stored.get(id)!))
  );
}

function databaseUrl(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

function tool(programs: string, name: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(join(programs, name), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
}
