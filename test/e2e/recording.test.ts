/** Recording in real browsers against the real server: killed while offline, and always on the way. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  connect,
  createServer as createSocketServer,
  type AddressInfo,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { browserAdvice, findBrowser } from '../../scripts/machine/browsers.js';
import { memoryDisk } from '../../scripts/machine/memory-disk.js';
import { decide, exposureId, type ExperimentConfig } from '../../src/experiments/index.js';
import type { JsonObject } from '../../src/protocol/index.js';
import { checkConfig } from '../../src/server/config/check.js';
import type { Database } from '../../src/server/database/database.js';
import { migrate } from '../../src/server/database/migrate.js';
import { createServer, type Server } from '../../src/server/server.js';
import { Client, SECRET } from '../server/client.js';
import { openMemory } from '../server/engines.js';
import type { Handles } from './recording/page.js';

declare const handles: Handles;

const EXPERIMENT = {
  key: 'landing',
  name: 'Landing page',
  hypothesis: '',
  kind: 'ab',
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: 'landing',
  coverage: 1,
  variants: [
    { key: 'control', name: 'Control', weight: 0.2 },
    { key: 'b', name: 'B', weight: 0.8, redirect: '/b.html' },
  ],
  metrics: { primary: 'bought', secondary: [], guardrails: [] },
  plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
  owner: 'web',
  tags: [],
  createdAt: '2026-11-20T00:00:00.000Z',
} satisfies JsonObject;
const METRIC = { key: 'bought', name: 'Bought', event: 'purchase', kind: 'proportion' };

/** The site: what runs on each page. */
const PAGES = { 'index.html': 'page', 'b.html': 'destination' };
/** Browsers that pose as none are counted as robots. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

describe('recording in a real browser', () => {
  let folder: string;
  let database: Database;
  let server: Server;
  let network: Network;
  let browsers: Browser[];

  before(async () => {
    folder = await mkdtemp(join(memoryDisk() ?? tmpdir(), 'bytelyst-recording-'));
    await mkdir(join(folder, 'site', 'assets'), { recursive: true });
    await build({
      entryPoints: Object.values(PAGES).map((name) => `test/e2e/recording/${name}.ts`),
      minify: true,
      bundle: true,
      outdir: join(folder, 'site', 'assets'),
      target: 'es2022',
      format: 'esm',
      logLevel: 'silent',
    });
    for (const [file, script] of Object.entries(PAGES)) {
      const html = `<!doctype html><title>Shop</title><body><script type="module" src="/assets/${script}.js"></script>`;
      await writeFile(join(folder, 'site', file), html);
    }
  });
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  beforeEach(async () => {
    browsers = [];
    database = await openMemory();
    await migrate(database);
    const config = checkConfig({ workspaces: { shop: { writeKeys: ['bl_write_recording'] } } });
    server = await createServer({ database, secret: SECRET, config, site: join(folder, 'site') });
    const admin = await Client.in(server, 'shop', 'admin');
    const made = await admin.push(
      admin.mutation('landing', { collection: 'experiments', value: EXPERIMENT }),
      admin.mutation('bought', { collection: 'metrics', value: METRIC }),
    );
    expect(made.map(({ outcome }) => outcome)).to.deep.equal(['applied', 'applied']);
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    network = await Network.to((server.app.server.address() as AddressInfo).port);
  });
  afterEach(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await network.close();
    await server.close();
    await database.close();
  });

  const start = async (name: 'chromium' | 'firefox', profile: string): Promise<Browser> => {
    const found = findBrowser(name);
    if (!found) throw new Error(`Recording is tested in ${name}: ${browserAdvice[name]}.`);
    const browser = await launch({
      browser: name === 'firefox' ? 'firefox' : 'chrome',
      executablePath: found.path,
      userDataDir: join(folder, profile),
      args: name === 'chromium' ? ['--no-sandbox', `--user-agent=${USER_AGENT}`] : [],
    });
    browsers.push(browser);
    return browser;
  };
  const open = async (browser: Browser, path = '/'): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(network.url + path);
    return page;
  };
  const stored = async (table: 'exposures' | 'conversions'): Promise<string[]> => {
    const rows = await database.query<{ id: string; bot: boolean }>(`select id, bot from ${table}`);
    expect(rows.filter(({ bot }) => bot)).to.deep.equal([]);
    return rows.map(({ id }) => id).sort();
  };
  const until = async (what: string, holds: () => Promise<boolean>, seconds: number) => {
    const end = Date.now() + seconds * 1_000;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  /** The ids of the exposures that these units make. */
  const exposuresOf = (units: readonly string[]): string[] => {
    const { key: experiment, phase } = EXPERIMENT;
    return units
      .map((unit) => {
        const { variant } = decide(EXPERIMENT as ExperimentConfig, { id: unit });
        return exposureId({ experiment, phase, unit, variant });
      })
      .sort();
  };

  for (const name of ['chromium', 'firefox'] as const)
    it(`keeps what happens offline when ${name} is killed, and sends each of it once`, async () => {
      const browser = await start(name, `killed-${name}`);
      const page = await open(browser);
      await page.evaluate(() => handles.experiments.ready);
      await network.cut();
      const { units, conversions } = await page.evaluate(() => handles.record(1_000));
      expect(await page.evaluate(() => handles.sync.getQueueLength())).to.equal(2_000);
      await kill(browser);
      expect(await stored('exposures')).to.deep.equal([]);

      network.restore();
      const reopened = await open(await start(name, `killed-${name}`));
      const sent = async () =>
        (await stored('conversions')).length + (await stored('exposures')).length >= 2_000 &&
        (await reopened.evaluate(() => handles.sync.getQueueLength())) === 0;
      await until('all is sent', sent, 60);
      expectEachOnce(await stored('exposures'), exposuresOf(units));
      expectEachOnce(await stored('conversions'), conversions);
      expect(await reopened.evaluate(() => handles.sync.failed())).to.deep.equal([]);
    });

  for (const method of ['get', 'post'] as const)
    it(`loses no conversion by a form that is sent by ${method}, on a slow device`, async function () {
      this.timeout(120_000);
      const page = await open(await start('chromium', `form-${method}`), '/?form=' + method);
      await page.emulateCPUThrottling(6);
      const visits = 8;
      for (let i = 0; i < visits; i++) {
        await page.evaluate(() => handles.experiments.ready);
        const [, answer] = await Promise.all([
          page.evaluate(() => document.querySelector('button')!.click()),
          page.waitForNavigation(),
        ]);
        const request = answer!.request();
        const said = method === 'get' ? new URL(request.url()).search.slice(1) : request.postData();
        expect(request.method()).to.equal(method.toUpperCase());
        expect(said).to.equal('mail=ann%40example.com&plan=pro');
        await page.goto(`${network.url}/?form=${method}`);
      }
      await page.emulateCPUThrottling(1);
      await until('all is sent', async () => (await stored('conversions')).length >= visits, 10);
      await until(
        'the queue is empty',
        async () => (await page.evaluate(() => handles.sync.getQueueLength())) === 0,
        10,
      );
      expect(await stored('conversions')).to.have.length(visits);
    });

  it('loses none of 570 exposures in a thousand navigations, each as soon as the client lets it go', async function () {
    // Half a minute where nothing else runs; tests beside it take their part.
    this.timeout(300_000);
    const browser = await start('chromium', 'journey');
    // Two tabs share the profile, and with it the database.
    const journeys = ['ann', 'bob'];
    const visits = 285;
    let navigations = 0;
    server.app.server.on('request', ({ url }) => {
      if (/^\/(b\.html)?\?/.test(url ?? '')) navigations += 1;
    });
    const pages = await Promise.all(journeys.map(() => open(browser)));
    await Promise.all(
      pages.map((page, i) =>
        page.evaluate((url) => {
          location.href = url;
        }, `/?unit=${journeys[i]}.${visits}`),
      ),
    );
    const units = journeys.flatMap((journey) =>
      Array.from({ length: visits }, (_, i) => `${journey}.${i + 1}`),
    );
    const hasArrived = (page: Page) => page.evaluate(() => handles.arrived).catch(() => false);
    await until(
      'all visits',
      async () => (await Promise.all(pages.map(hasArrived))).every(Boolean),
      240,
    );
    await until('all is sent', async () => (await stored('exposures')).length >= units.length, 60);
    expectEachOnce(await stored('exposures'), exposuresOf(units));
    expect(navigations).to.be.at.least(1_000);
    for (const page of pages) expect(await page.evaluate(() => handles.errors)).to.deep.equal([]);
  });
});

function expectEachOnce(stored: readonly string[], recorded: readonly (string | null)[]): void {
  const [there, wanted] = [new Set(stored), new Set(recorded)];
  expect({
    stored: stored.length,
    lost: recorded.filter((id) => id === null || !there.has(id)),
    unknown: stored.filter((id) => !wanted.has(id)),
  }).to.deep.equal({ stored: recorded.length, lost: [], unknown: [] });
}

/** The browser and all of its processes, at once, as when the power goes. */
async function kill(browser: Browser): Promise<void> {
  const process = browser.process()!;
  const ended = once(process, 'exit');
  globalThis.process.kill(-process.pid!, 'SIGKILL');
  await ended;
}

/** The way to a server, which can be cut. */
class Network {
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(
    readonly url: string,
    private readonly proxy: ReturnType<typeof createSocketServer>,
  ) {}

  static async to(port: number): Promise<Network> {
    const proxy = createSocketServer((socket) => {
      if (network.#isCut) return void socket.destroy();
      const onward = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        network.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => network.#sockets.delete(from) && to.destroy());
        from.pipe(to);
      }
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port: own } = proxy.address() as AddressInfo;
    const network = new Network(`http://127.0.0.1:${own}`, proxy);
    return network;
  }

  async cut(): Promise<void> {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    await this.cut();
    this.proxy.close();
    await once(this.proxy, 'close');
  }
}
