/** `createExperiments` in visitors' browsers, on real engines, against the server itself. */
import { expect } from 'chai';
import {
  createExperiments,
  type ExperimentsError,
  type ExperimentsOptions,
} from '../../src/experiments/index.js';
import type { JsonObject } from '../../src/protocol/index.js';
import { checkConfig } from '../../src/server/config/check.js';
import type { Server } from '../../src/server/server.js';
import { bytelystTransport, createSyncEngine, memoryStorage } from '../../src/sync/index.js';
import { platformPorts } from '../../src/sync/ports.js';
import { Client, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { fetchFrom } from './fetch.js';

const EXPERIMENT: JsonObject = {
  key: 'hero',
  name: 'Hero',
  hypothesis: '',
  kind: 'ab',
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: 'hero',
  coverage: 1,
  condition: { plan: { $ne: 'free' } },
  variants: [
    { key: 'control', name: 'Control', weight: 0.5 },
    { key: 'bold', name: 'Bold', weight: 0.5 },
  ],
  metrics: { primary: 'bought', secondary: [], guardrails: [] },
  plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
  owner: 'web',
  tags: [],
  createdAt: '2026-11-20T00:00:00.000Z',
};

/** What a visitor's browser keeps between pages. */
class Browser {
  readonly storage = memoryStorage();
  readonly local = new Map<string, string>();
  readonly cache = {
    getItem: (key: string) => this.local.get(key) ?? null,
    setItem: (key: string, value: string) => void this.local.set(key, value),
    removeItem: (key: string) => void this.local.delete(key),
  };
  online = true;
  readonly requests: string[] = [];

  constructor(readonly fetch: ReturnType<typeof fetchFrom>) {}

  readonly send: typeof this.fetch = (url, init) => {
    if (!this.online) return Promise.reject(new TypeError('Failed to fetch'));
    this.requests.push(`${init?.method ?? 'GET'} ${url}`);
    return this.fetch(url, init);
  };
}

onEachEngine('the tracking client', (engine) => {
  let server: Server;
  let editor: Client;
  let browser: Browser;
  let close: (() => Promise<void>)[] = [];
  const [strict, plain] = [newWorkspace(), newWorkspace()];
  const config = checkConfig({
    workspaces: {
      [strict]: { assignmentTokens: true, writeKeys: [`bl_write_${strict}`] },
      [plain]: { writeKeys: [`bl_write_${plain}`] },
    },
  });
  before(async () => {
    server = await startServer(engine.database(), { config });
    for (const workspace of [strict, plain]) {
      editor = await Client.in(server, workspace);
      await editor.push(
        editor.mutation('hero', { collection: 'experiments', value: EXPERIMENT }),
        editor.mutation('bought', {
          collection: 'metrics',
          value: { key: 'bought', name: 'Bought', event: 'purchase', kind: 'proportion' },
        }),
      );
    }
  });
  after(() => server.close());
  afterEach(async () => {
    await Promise.all(close.map((end) => end()));
    close = [];
    for (const table of ['exposures', 'conversions', 'identifies'])
      await engine.database().query(`delete from ${table}`);
  });

  const visitorOf = (workspace: string) =>
    (browser = new Browser(fetchFrom(server, `Bearer bl_write_${workspace}`)));

  const open = async (more: Partial<ExperimentsOptions> = {}) => {
    const errors: string[] = [];
    const sync = createSyncEngine({
      storage: browser.storage,
      transport: bytelystTransport({ url: '/v1' }),
      entities: {
        exposures: { append: 'keep' },
        conversions: { append: 'forget' },
        identifies: { append: 'keep' },
      },
      ports: { network: { ...platformPorts().network, fetch: browser.send } },
    });
    close.push(() => sync.close());
    const experiments = createExperiments({
      sync,
      configUrl: '/v1/config',
      attributes: { id: 'visitor-1' },
      fetch: browser.send as typeof fetch,
      cache: browser.cache,
      onError: ({ code }: ExperimentsError) => errors.push(code),
      ...more,
    });
    await experiments.ready.catch(() => {});
    return Object.assign(experiments, { sync, errors });
  };
  type Page = Awaited<ReturnType<typeof open>>;

  const leave = async ({ sync, settled }: Page) => {
    await settled();
    await sync.close();
  };
  /** What an earlier page has kept: the configuration, and no tokens. */
  const knowConfiguration = async () => {
    const response = await browser.send('/v1/config');
    browser.cache.setItem('bytelyst-experiments:/v1/config', await response.text());
  };
  const stored = (table: string) =>
    engine.database().query<Record<string, unknown>>(`select * from ${table} order by at`);
  const asked = () => browser.requests.filter((request) => request.includes('assignments')).length;
  const until = async (holds: () => boolean | Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  /** Offline for the engine, too: it is told when the network is back. */
  const comeBack = async ({ sync }: Page) => {
    browser.online = true;
    await sync.flush();
  };

  describe('identify', () => {
    beforeEach(() => void visitorOf(plain));

    it('joins what an anonymous visitor did with what the user does', async () => {
      const page = await open();
      const before = page.variant('hero');
      await page.convert('signup');
      const id = await page.identify('user-7');
      expect(id).to.match(/^[0-9a-f]{32}$/);
      await page.convert('purchase', { unit: 'user-7' });
      await page.settled();
      await page.sync.flush();
      expect(page.variant('hero').variant).to.equal(before.variant);
      expect((await stored('exposures')).map(({ unit }) => unit)).to.deep.equal(['user-7']);
      expect((await stored('conversions')).map(({ unit }) => unit)).to.have.members([
        'user-7',
        'user-7',
      ]);
      await server.context.publisher.publish();
      const results = await editor.request('GET', '/v1/experiments/hero/results');
      expect(results.json()).to.have.nested.property('metrics.bought.sum').that.deep.includes([1]);
      expect(page.errors).to.deep.equal([]);
    });

    it('is recorded once, on the next page too, and offline', async () => {
      const page = await open();
      browser.online = false;
      const id = await page.identify('user-7', 'cookie-1');
      expect(await page.identify('user-7', 'cookie-1')).to.equal(id);
      await leave(page);
      const next = await open();
      expect(await next.identify('user-7', 'cookie-1')).to.equal(id);
      await next.settled();
      expect(next.sync.getQueueLength()).to.equal(1);
      await comeBack(next);
      expect(await stored('identifies')).to.have.length(1);
    });

    it('says nothing of somebody who is the same, and refuses who is nobody', async () => {
      const page = await open();
      expect(await page.identify('visitor-1')).to.equal(null);
      for (const [unit, anonymous] of [
        ['', 'visitor-1'],
        ['user-7', ''],
        ['x'.repeat(129), 'visitor-1'],
      ] as const) {
        const error = await page.identify(unit, anonymous).catch((thrown: unknown) => thrown);
        expect(error).to.have.property('code', 'no-unit');
      }
      page.setConsent('denied');
      expect(await page.identify('user-7')).to.equal(null);
      await page.sync.flush();
      expect(await stored('identifies')).to.deep.equal([]);
    });
  });

  describe('assignment tokens', () => {
    beforeEach(() => void visitorOf(strict));

    it('are asked for with the configuration, once, and carried by exposures', async () => {
      const page = await open();
      await until(() => asked() === 1);
      page.variant('hero');
      await page.settled();
      await until(async () => (await page.sync.flush()).success && asked() === 1);
      await until(async () => (await stored('exposures')).length === 1);
      await leave(page);
      const next = await open();
      next.variant('hero');
      await leave(next);
      expect(asked()).to.equal(1);
      expect([...page.errors, ...next.errors]).to.deep.equal([]);
      expect(page.sync.failed()).to.deep.equal([]);
    });

    it('are not asked for where the workspace demands none', async () => {
      visitorOf(plain);
      const page = await open();
      page.variant('hero');
      await page.settled();
      await page.sync.flush();
      expect(await stored('exposures')).to.have.length(1);
      expect(asked()).to.equal(0);
    });

    it('are given for groups that only the device has', async () => {
      const value = {
        ...EXPERIMENT,
        key: 'grouped',
        condition: { id: { $inGroup: 'regulars' } },
      };
      const writer = await Client.in(server, strict);
      await writer.push(writer.mutation('grouped', { collection: 'experiments', value }));
      const page = await open({ groups: { regulars: ['visitor-1'] } });
      expect(page.variant('grouped').reason).to.equal('assigned');
      await page.settled();
      await until(async () => (await page.sync.flush()).success);
      await until(async () => (await stored('exposures')).length === 1);
      expect(page.errors).to.deep.equal([]);
      await writer.push(
        writer.mutation('grouped', { collection: 'experiments', op: 'delete', base: 1 }),
      );
    });

    it('are there offline, when the last page asked for them', async () => {
      const page = await open();
      await until(() =>
        [...browser.local].some(
          ([name, text]) => name.includes('assignments') && text.includes('visitor-1'),
        ),
      );
      await leave(page);
      browser.online = false;
      const next = await open();
      next.variant('hero');
      await next.settled();
      expect(next.sync.getQueueLength()).to.equal(1);
      await comeBack(next);
      expect(await stored('exposures')).to.have.length(1);
      expect(asked()).to.equal(1);
    });

    it('that are missing offline are waited for, on the next page too', async () => {
      let now = Date.now() - 3_600_000;
      await knowConfiguration();
      browser.online = false;
      const page = await open({ now: () => now });
      page.variant('hero');
      await leave(page);
      expect(page.sync.getQueueLength()).to.equal(0);
      expect(page.errors).to.deep.equal([]);
      browser.online = true;
      now += 3_600_000;
      const next = await open({ now: () => now });
      await until(() => next.sync.getQueueLength() > 0 || asked() > 0);
      await until(async () => (await next.sync.flush()) && (await stored('exposures')).length > 0);
      const [exposure] = await stored('exposures');
      // When it was met, not when it could be proven.
      expect(Number(exposure!.at)).to.be.closeTo(now - 3_600_000, 60_000);
      expect([...browser.local.values()].join()).to.include('"waiting":{}');
      expect(next.errors).to.deep.equal([]);
    });

    it('are asked for again when something happens and the server is back', async () => {
      let now = Date.now();
      await knowConfiguration();
      browser.online = false;
      const page = await open({ now: () => now });
      page.variant('hero');
      await page.settled();
      browser.online = true;
      now += 10_000;
      await page.convert('purchase');
      await until(async () => (await page.sync.flush()) && (await stored('exposures')).length > 0);
      expect(page.errors).to.deep.equal([]);
    });

    it('are asked for by the attributes that the variant was decided by', async () => {
      const page = await open({ attributes: { id: 'visitor-2', plan: 'free' } });
      expect(page.variant('hero').inExperiment).to.equal(false);
      expect(page.variant('hero', { plan: 'paid' }).inExperiment).to.equal(true);
      await until(async () => (await page.sync.flush()) && (await stored('exposures')).length > 0);
      expect(page.errors).to.deep.equal([]);
    });

    it('are refused where the server decides otherwise, and the app is told', async () => {
      const page = await open({
        // An old page: the server has moved on to another phase.
        configUrl: undefined as never,
        config: {
          assignmentTokens: true,
          experiments: [{ ...(EXPERIMENT as object), phase: 9 } as never],
        },
      });
      page.variant('hero');
      await until(() => page.errors.length > 0);
      expect(page.errors).to.deep.equal(['not-assigned']);
      await page.settled();
      expect(page.sync.getQueueLength()).to.equal(0);
      expect([...browser.local.values()].join()).to.include('"waiting":{}');
    });

    it('are not asked for, and nothing waits, without consent', async () => {
      const page = await open({ consent: 'pending' });
      page.variant('hero');
      await page.sync.flush();
      expect(asked()).to.equal(0);
      page.setConsent('granted');
      await until(async () => (await page.sync.flush()) && (await stored('exposures')).length > 0);
      page.setConsent('denied');
      expect([...browser.local.values()].join()).to.not.include('visitor-1');
      page.setAttributes({ id: 'visitor-3' });
      page.variant('hero');
      await page.settled();
      expect(asked()).to.equal(1);
    });
  });
});
