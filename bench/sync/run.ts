/**
 * `npm run bench -- sync`: all peers, on both backends of Chromium and, a few of them, in Firefox.
 * Every peer does its work in a fresh profile in every round, the peers taking turns, so that a
 * slow minute of the machine hits all of them. For development:
 *
 *     npm run bench -- sync --quick                     one round, nothing is written to the docs
 *     npm run bench -- sync --peers bytelyst,bare --visits write,reload --rounds 3 --backends SQLite
 */
import { parseArgs } from 'node:util';
import { machine, writeSection } from '../report.js';
import { backends, openBrowser, type Backend, type Session } from './browser.js';
import { peers } from './peers.js';
import { describeResults, type Samples } from './results.js';
import { serve } from './serve.js';
import { kilobytes } from './sizes.js';
import { visits, type PeerName, type Times, type Visit, type WorkName } from './works.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    peers: { type: 'string' },
    visits: { type: 'string' },
    backends: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 7));
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error('--rounds takes a whole number from 1.');
const chosen = {
  peers: choose('peers', Object.keys(peers) as PeerName[], values.peers),
  visits: choose('visits', visits, values.visits),
  backends: choose('backends', backends, values.backends ?? (values.quick ? 'LevelDB' : undefined)),
};

/** 100,000 rows one by one take Dexie a quarter of a minute, and the others longer. */
const many: Partial<Record<PeerName, number>> = { bytelyst: 7, bare: 7, dexie: 3 };
/** Firefox is a spot check. */
const inFirefox: readonly PeerName[] = ['bytelyst', 'bare', 'idb', 'dexie'];
const FIREFOX_ROUNDS = 3;

const site = await serve();
const versions = new Set<string>();
const samples: Partial<Record<Backend, Samples>> = {};
for (let round = 1; round <= rounds; round++)
  for (const backend of chosen.backends)
    for (const peer of chosen.peers) {
      if (backend === 'Firefox' && !(inFirefox.includes(peer) && round <= FIREFOX_ROUNDS)) continue;
      if (round > (peers[peer].rounds ?? rounds)) continue;
      const start = Date.now();
      const times = await measure(backend, peer, round);
      const seconds = Math.round((Date.now() - start) / 1000);
      const all = ((samples[backend] ??= {})[peer] ??= {});
      for (const [work, time] of Object.entries(times)) (all[work as WorkName] ??= []).push(time);
      console.log(`${round} ${backend.padEnd(7)} ${peer.padEnd(10)} ${seconds} s: ${short(times)}`);
    }
site.close();

const sizes: Partial<Record<PeerName, number>> = {};
for (const name of chosen.peers) {
  const { imports } = peers[name];
  if (imports) sizes[name] = await kilobytes(imports);
}
const where = `${machine()}, ${[...versions].join(' and ')}, headless, ${rounds} rounds`;
const text = describeResults(samples, sizes, where);
console.log(`\n${text}`);
const whole = !values.peers && !values.visits && !values.backends;
if (whole && rounds >= 7) await writeSection('sync', text);

async function measure(backend: Backend, peer: PeerName, round: number): Promise<Times> {
  const session = await openBrowser(backend);
  versions.add(session.version);
  const times: Times = {};
  try {
    for (const visit of chosen.visits) {
      if (visit === 'many' && round > (many[peer] ?? 0)) continue;
      Object.assign(times, await visited(session, visit, peer));
    }
    if (chosen.visits.includes('live')) Object.assign(times, await acrossTabs(session, peer));
    session.prove();
    return times;
  } catch (cause) {
    throw new Error(`${peer} on ${backend} failed.`, { cause });
  } finally {
    await session.close();
  }
}

async function visited(session: Session, visit: Visit, peer: PeerName): Promise<Times> {
  const page = await session.visit(site.url);
  const times = await page.evaluate((...args) => bench.visit(...args), visit, peer);
  await page.close();
  return times;
}

async function acrossTabs(session: Session, peer: PeerName): Promise<Times> {
  const follower = await session.visit(site.url);
  const follows = await follower.evaluate((name) => bench.follow(name), peer);
  const leader = follows ? await session.visit(site.url) : undefined;
  const times = await leader?.evaluate((name) => bench.lead(name), peer);
  await leader?.close();
  await follower.close();
  return times ?? {};
}

function choose<T extends string>(option: string, all: readonly T[], named?: string): readonly T[] {
  if (named === undefined) return all;
  const names = named.split(',');
  const unknown = names.find((name) => !(all as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new Error(`--${option} knows ${all.join(', ')}; “${unknown}” is none of them.`);
  return all.filter((name) => names.includes(name));
}

function short(times: Times): string {
  return Object.entries(times)
    .map(([work, time]) => `${work} ${Number(time.toPrecision(3))}`)
    .join(', ');
}
