/**
 * `npm run bench -- sync [--rounds 7]`: bulk write, reload and burst against bare paged IndexedDB,
 * `idb` and Dexie. Every peer does the same work in a fresh profile of headless Chromium in every
 * round, the peers taking turns, so that a slow minute of the machine hits all of them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { findBrowser } from '../../scripts/machine/browsers.js';
import { machine, writeSection } from '../report.js';
import { describeResults, type PeerName, type Samples, type Work } from './results.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error('--rounds takes a whole number from 1.');

const browser = findBrowser('chromium');
if (browser === undefined) throw new Error('Chromium not found.');

const peers: Record<PeerName, string> = {
  bytelyst: 'ByteLyst',
  bare: 'bare paged IndexedDB',
  idb: `idb ${version('idb')}`,
  dexie: `Dexie ${version('dexie')}`,
};
const samples = Object.fromEntries(
  Object.keys(peers).map((peer) => [peer, { write: [], first: [], all: [], burst: [] }]),
) as unknown as Record<PeerName, Samples>;

const server = await serve();
let browserVersion = '';
for (let round = 1; round <= rounds; round++) {
  for (const peer of Object.keys(peers) as PeerName[]) {
    const times = await measure(peer, server.url, browser.path);
    for (const [work, time] of Object.entries(times)) samples[peer][work as Work].push(time);
    console.log(`round ${round} ${peer.padEnd(9)} ${JSON.stringify(times)}`);
  }
}
server.close();

const text = describeResults(samples, peers, `${machine()}, ${browserVersion}, ${rounds} rounds`);
console.log(`\n${text}`);
// Fewer rounds are for trying things out.
if (rounds >= 7) await writeSection('sync', text);

async function measure(peer: PeerName, url: string, path: string): Promise<Record<Work, number>> {
  const profile = mkdtempSync(join(tmpdir(), 'bytelyst-bench-'));
  const args = ['--no-sandbox'];
  const context = await chromium.launchPersistentContext(profile, { executablePath: path, args });
  browserVersion = `Chromium ${context.browser()?.version() ?? 'unknown'} headless`;
  const fresh = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => 'bench' in globalThis);
    return page;
  };
  try {
    let page = await fresh();
    const { write } = await page.evaluate((name) => bench.write(name), peer);
    await page.evaluate((name) => bench.fill(name), peer);
    await page.close();
    page = await fresh();
    return { write, ...(await page.evaluate((name) => bench.reload(name), peer)) };
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** One page with the bundle, isolated so that its clock is precise to 5 µs. */
async function serve(): Promise<{ url: string; close: () => void }> {
  const { outputFiles } = await build({
    entryPoints: ['bench/sync/page.ts'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const script = outputFiles[0]?.text ?? '';
  const http: Server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const html =
      '<!doctype html><title>bench</title><script type="module" src="/page.js"></script>';
    response.end(isScript ? script : html);
  });
  await new Promise<void>((ready) => void http.listen(0, '127.0.0.1', ready));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('No free TCP port.');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => http.close() };
}

function version(name: string): string {
  const manifest: unknown = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  return (manifest as { version: string }).version;
}
