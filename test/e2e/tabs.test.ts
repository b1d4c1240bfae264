import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
// Playwright makes every page believe that it is in front; then none can be frozen.
import { launch, type Browser, type Page } from 'puppeteer-core';
import { ModelServer } from '../sync/world/model-server.js';
import { serveModel } from '../sync/world/served-model.js';
import { chromiumPath } from './served.js';
import type { Handles } from './tabs/page.js';

declare const handles: Handles;

const TAG = 'bytelyst-sync';

describe('the tabs of a real browser', () => {
  let scripts: { page: string; worker: string };
  let folder: string;
  let browser: Browser;
  let model: ModelServer;
  /** The server takes no connection. */
  let down: boolean;
  let served: Awaited<ReturnType<typeof serveModel>>;

  before(async () => {
    scripts = { page: await bundle('page'), worker: await bundle('worker') };
  });

  beforeEach(async () => {
    model = new ModelServer();
    down = false;
    const answer = model.fetch.bind(model);
    model.fetch = (...call) => (down ? Promise.reject(new Error('down')) : answer(...call));
    const script = (content: string) => ({ type: 'text/javascript', content });
    served = await serveModel(model, {
      '/': {
        type: 'text/html',
        content: '<!doctype html><title>App</title><script type="module" src="/page.js"></script>',
      },
      '/elsewhere': { type: 'text/html', content: '<!doctype html><title>Elsewhere</title>' },
      '/page.js': script(scripts.page),
      '/worker.js': script(scripts.worker),
    });
    folder = await mkdtemp(join(tmpdir(), 'bytelyst-tabs-'));
    browser = await launch({
      userDataDir: folder,
      executablePath: chromiumPath(),
      args: ['--no-sandbox'],
      // Off by default under automation, because few scripts expect it.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
  });
  afterEach(async () => {
    await browser.close();
    await served.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const open = async (): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(served.url);
    await page.evaluate(() => handles.sync.ready);
    return page;
  };
  const write = (page: Page, id: string) =>
    page.evaluate((key) => handles.sync.collection('tasks').create({ id: key }), id);
  const leads = (page: Page) => page.evaluate(() => handles.sync.getStatus().leader);
  const count = (page: Page) =>
    page.evaluate(() => handles.sync.collection('tasks').query().get().length);

  /** How long it took, in ms. */
  const until = async (holds: () => Promise<boolean> | boolean, patience = 30_000) => {
    const started = Date.now();
    while (!(await holds())) {
      if (Date.now() - started > patience) throw new Error(`Not within ${patience} ms.`);
      await new Promise((done) => setTimeout(done, 50));
    }
    return Date.now() - started;
  };

  it('are thirty at once: one leads, every write of each is seen by all and arrives once', async () => {
    const pages = await Promise.all(Array.from({ length: 30 }, open));
    await Promise.all(pages.map((page, i) => write(page, `t${i}`)));
    await until(() => model.applied.length >= 30);
    await until(async () => (await Promise.all(pages.map(count))).every((rows) => rows === 30));
    expect((await Promise.all(pages.map(leads))).filter(Boolean)).to.have.length(1);
    const created = model.applied.map((one) => one.replace('create ', ''));
    expect(created.sort()).to.deep.equal(pages.map((_, i) => `t${i}`).sort());
  });

  it('lead in place of one that freezes, which is back when it wakes', async () => {
    const frozen = await open();
    await until(() => leads(frozen));
    const other = await open();
    await write(frozen, 'before');
    await until(() => model.applied.length === 1);
    const devtools = await frozen.createCDPSession();
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await write(other, 'meanwhile');
    await until(() => leads(other), 5_000);
    await until(() => model.applied.length === 2);

    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    expect(await leads(frozen)).to.equal(false);
    await write(frozen, 'after');
    await until(() => model.applied.length === 3);
    expect(model.applied).to.deep.equal(['create before', 'create meanwhile', 'create after']);
    expect(await count(frozen)).to.equal(3);
  });

  it('rest in the back/forward cache, let others lead, and catch up when they are back', async () => {
    const [page, other] = [await open(), await open()];
    await until(() => leads(page));
    await write(page, 'before');
    // A browser drops a resting page that holds a transaction for which another tab waits.
    await until(() => page.evaluate(() => handles.sync.getStatus().status === 'idle'));
    await page.goto(`${served.url}/elsewhere`);
    await until(() => leads(other), 5_000);
    await write(other, 'meanwhile');
    await until(() => model.applied.length === 2);

    await page.evaluate(() => history.back());
    await until(() => page.evaluate(() => 'handles' in window).catch(() => false));
    const reasons = await page.evaluate(() =>
      JSON.stringify(performance.getEntriesByType('navigation')[0], [
        'notRestoredReasons',
        'reasons',
        'reason',
      ]),
    );
    expect(reasons).to.equal('{"notRestoredReasons":null}');
    expect(await page.evaluate(() => handles.restored)).to.deep.equal([false, true]);
    await until(async () => (await count(page)) === 2);
    await other.close();
    await until(() => leads(page));
    await write(page, 'after');
    await until(() => model.applied.length === 3);
  });

  it('may all be closed: the service worker sends what waits when the network is back', async () => {
    const page = await open();
    await page.evaluate(() => handles.useWorker());
    const devtools = await (await browser.newPage()).createCDPSession();
    const registered = new Promise<string>((found) =>
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        for (const { registrationId, isDeleted } of registrations)
          if (!isDeleted) found(registrationId);
      }),
    );
    await devtools.send('ServiceWorker.enable');
    const sync = { origin: served.url, registrationId: await registered, tag: TAG };

    down = true;
    await write(page, 'offline');
    await until(async () => (await tags(page)).includes(TAG));
    await page.close();
    down = false;
    await devtools.send('ServiceWorker.dispatchSyncEvent', { ...sync, lastChance: false });
    await until(() => model.applied.length === 1);

    // Beside a page that leads it is the page that sends.
    const again = await open();
    await until(() => leads(again));
    await write(again, 'online');
    await devtools.send('ServiceWorker.dispatchSyncEvent', { ...sync, lastChance: false });
    await until(() => model.applied.length === 2);
    expect(await leads(again)).to.equal(true);
    expect(model.applied).to.deep.equal(['create offline', 'create online']);
  });

  /** What the browser has been asked to wake the worker for. */
  const tags = (page: Page) =>
    page.evaluate(async () => {
      const worker = (await navigator.serviceWorker.ready) as unknown as {
        sync: { getTags(): Promise<string[]> };
      };
      return worker.sync.getTags();
    });
});

async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`test/e2e/tabs/${name}.ts`],
    bundle: true,
    write: false,
    target: 'es2022',
    format: name === 'worker' ? 'iife' : 'esm',
  });
  return outputFiles[0]!.text;
}
