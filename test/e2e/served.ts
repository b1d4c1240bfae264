/** The built server, started as `npm start` does, on a folder of its own; and browsers to visit it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { browserAdvice, findBrowser } from '../../scripts/machine/browsers.js';

const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

export interface Served {
  url: string;
  /** A browser with a profile on disk, as a person's is; every call is another person. */
  browser(): Promise<BrowserContext>;
  stop(): Promise<void>;
}

/** Starts server and seed; `E2E_URL` takes one that runs already (`npm start`). */
export async function serve(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'bytelyst-e2e-'));
  const given = process.env.E2E_URL;
  const server = given === undefined ? start(join(folder, 'data')) : undefined;
  const url = given ?? (await server!.url);
  const browsers: BrowserContext[] = [];
  return {
    url,
    async browser() {
      const context = await chromium.launchPersistentContext(
        join(folder, `profile-${browsers.length}`),
        {
          executablePath: chromiumPath(),
          args: ['--no-sandbox'],
          viewport: { width: 1440, height: 1000 },
          // A headless browser says that it is one, and is counted as a robot.
          userAgent: USER_AGENT,
        },
      );
      browsers.push(context);
      return context;
    },
    async stop() {
      await Promise.all(browsers.map((browser) => browser.close()));
      await server?.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export function chromiumPath(): string {
  const found = findBrowser('chromium');
  if (!found) throw new Error(`The end-to-end tests need Chromium. ${browserAdvice.chromium}`);
  return found.path;
}

function start(data: string): { url: Promise<string>; stop(): Promise<void> } {
  const args = ['--enable-source-maps', 'src/server/dist/cli.js', 'serve', '--demo', '--port', '0'];
  const server: ChildProcess = spawn(process.execPath, [...args, '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: '' },
  });
  const url = new Promise<string>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
    createInterface({ input: server.stdout! }).on('line', (line) => {
      const [, address] = /^Demo\s+(\S+)\/$/.exec(line) ?? [];
      if (address) resolve(address);
    });
  });
  return {
    url,
    async stop() {
      if (server.exitCode !== null) return;
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
  };
}

/** Opens a page; whatever it logs as an error, or a policy forbids, is in `problems`. */
export async function visit(
  browser: BrowserContext,
  url: string,
): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // Being offline is what these tests are about; Chromium logs every request it could not send.
    const offline = /net::ERR_(INTERNET_DISCONNECTED|FAILED|NETWORK_CHANGED)/.test(message.text());
    if (message.type() === 'error' && !offline) problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}
