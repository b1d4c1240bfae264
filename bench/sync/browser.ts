/** Browsers with a fresh profile, and the proof of what they store with. */
import { mkdtempSync, openSync, readdirSync, readSync, rmSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { findBrowser } from '../../scripts/machine/browsers.js';

export const backends = ['LevelDB', 'SQLite', 'Firefox'] as const;
/** What lies under IndexedDB: one of Chromium's two, or Firefox’ own (also SQLite). */
export type Backend = (typeof backends)[number];

export interface Session {
  /** The browser's name and version. */
  version: string;
  visit(url: string): Promise<Page>;
  /** Throws where the data on disk is not that of the backend that was asked for. */
  prove(): void;
  close(): Promise<void>;
}

const switches = 'IdbSqliteOnDiskRollout,IdbSqliteBackingStore';

export async function openBrowser(backend: Backend): Promise<Session> {
  const profile = mkdtempSync(join(tmpdir(), 'bytelyst-bench-'));
  const browser = await start(backend, profile);
  const [product = '', version = ''] = (await browser.version()).replace('Headless', '').split('/');
  return {
    version: `${product.replace(/^Chrome$/, 'Chromium').replace(/^firefox$/, 'Firefox')} ${version}`,
    async visit(url) {
      const page = await browser.newPage();
      await page.goto(url);
      await page.waitForFunction(() => 'bench' in globalThis);
      return page;
    },
    prove() {
      const found = foundIn(profile);
      if (found !== backend) throw new Error(`Asked for ${backend}, the profile has ${found}.`);
    },
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function start(backend: Backend, profile: string): Promise<Browser> {
  const name = backend === 'Firefox' ? 'firefox' : 'chromium';
  const found = findBrowser(name);
  if (found === undefined) throw new Error(`${name} is not installed.`);
  const shared = { executablePath: found.path, headless: true, protocolTimeout: 120_000 };
  if (backend === 'Firefox')
    return launch({ ...shared, browser: 'firefox', args: ['--profile', profile] });
  const sqlite = backend === 'SQLite' ? 'enable' : 'disable';
  const args = ['--no-sandbox', `--${sqlite}-features=${switches}`];
  return launch({ ...shared, browser: 'chrome', userDataDir: profile, args });
}

/** What the profile's files say. */
function foundIn(profile: string): Backend | 'nothing' {
  const files = readdirSync(profile, { recursive: true, encoding: 'utf8' });
  if (files.some((file) => /storage.default.*\.sqlite$/.test(file))) return 'Firefox';
  const databases = files.filter((file) => /Default.IndexedDB./.test(file));
  if (databases.some((file) => /\.leveldb.CURRENT$/.test(file))) return 'LevelDB';
  if (databases.some((file) => isSqlite(join(profile, file)))) return 'SQLite';
  return 'nothing';
}

/** https://www.sqlite.org/fileformat.html#magic_header_string */
function isSqlite(path: string): boolean {
  const start = Buffer.alloc(15);
  try {
    const file = openSync(path, 'r');
    readSync(file, start);
    closeSync(file);
  } catch {
    return false; // A folder.
  }
  return start.toString('latin1') === 'SQLite format 3';
}
