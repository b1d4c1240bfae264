/**
 * `npm run screenshots [page]…`: pictures of every page of the demo site in light and dark, at 390
 * and 1440 px, into screenshots/. They are for looking at: nothing compares them.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { buildPart } from './build/fresh.js';
import { parts } from './build/parts.js';
import { atExit } from './machine/at-exit.js';
import { findBrowser } from './machine/browsers.js';
import { freePort } from './machine/free-port.js';

interface Screen {
  path: string;
  /** What to do before the picture is taken. */
  prepare?: (page: Page) => Promise<void>;
}

const experiments = '/ops/ab-testing';
const openFirst = async (page: Page): Promise<void> => {
  await page.locator('bl-ab-dashboard a[href^="#/experiments/"]').first().click();
};
const screens: Record<string, Screen> = {
  demo: { path: '/' },
  'not-found': { path: '/ops/ab-tests' },
  experiments: { path: experiments },
  experiment: { path: experiments, prepare: openFirst },
  'experiment-new': { path: `${experiments}#/new` },
  'experiments-offline': {
    path: experiments,
    // On a narrow screen the switch is in the closed sidebar.
    prepare: (page) =>
      page.locator('#offline').evaluate((box) => (box as HTMLInputElement).click()),
  },
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in screens));
if (unknown !== undefined) {
  console.error(`There is no page "${unknown}". Pages: ${Object.keys(screens).join(', ')}.`);
  process.exit(2);
}
const found = findBrowser('chromium');
if (found === undefined) throw new Error('Chromium not found.');

for (const part of parts) await buildPart(part, false);
const origin = await startServer();
const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox'] });
mkdirSync('screenshots', { recursive: true });
for (const [name, screen] of Object.entries(screens)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1440]) {
      const viewport = { width, height: width === 390 ? 844 : 900 };
      const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce' });
      const file = `screenshots/${name}-${colorScheme}-${width}.png`;
      await take(await context.newPage(), screen, file);
      await context.close();
      console.log(file);
    }
  }
}
await browser.close();
process.exit(0);

async function take(page: Page, { path, prepare }: Screen, file: string): Promise<void> {
  await page.goto(origin + path);
  // The live stream never ends, so the network never rests; fonts and data have come by then.
  await delay(1_500);
  await prepare?.(page);
  await delay(500);
  await page.screenshot({ path: file, fullPage: true });
}

/** The built server with its demo workspace in memory; ends with this script. */
async function startServer(): Promise<string> {
  const port = await freePort();
  const server = spawn(
    process.execPath,
    ['src/server/dist/cli.js', 'serve', '--demo', '--memory', '--port', String(port)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  atExit(() => server.kill());
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 120_000;
  for (;;) {
    const answered = await fetch(`${url}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return url;
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error('The server did not start.');
    await delay(200);
  }
}
