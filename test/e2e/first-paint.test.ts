/**
 * What visitors see first, with the built package under a strict policy, on a slow device behind a slow
 * network: frames of the trace, layout shifts and paints, as Chromium tells them.
 */
import { expect } from 'chai';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type CDPSession,
  type Page,
} from 'playwright-core';
import { takeSnapshot } from '../../src/experiments/index.js';
import { inlineScript } from '../../src/experiments/inline/index.js';
import { chromiumPath } from './served.js';
import { experiments, id, KEYS, openShop, type Shop } from './shop.js';

interface Seen {
  /** Red and green pixels of each frame that shows anything but white. */
  frames: { red: number; green: number }[];
  shift: number;
  /** When each green box was painted, and the page at first (ms). */
  painted: Record<string, number>;
  first: number;
}

describe('the first paint', function () {
  this.timeout(120_000);
  let shop: Shop;
  let browser: Browser;
  before(async () => {
    shop = await openShop();
    browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser?.close();
    shop?.close();
  });

  async function open(context: BrowserContext) {
    const tab = await context.newPage();
    const problems: string[] = [];
    tab.on('pageerror', (error) => problems.push(error.message));
    tab.on('console', (message) => {
      // The events wait: this server takes none.
      if (message.type() === 'error' && !message.text().includes('503'))
        problems.push(message.text());
    });
    return { tab, problems };
  }

  /** Six times slower, behind a slow mobile network. */
  async function slowDown(cdp: CDPSession): Promise<void> {
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 6 });
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 150,
      downloadThroughput: 200_000,
      uploadThroughput: 90_000,
    });
  }

  /** Loads the page and waits until its experiments are recorded. */
  async function watch(tab: Page, path = ''): Promise<Seen> {
    const cdp = await tab.context().newCDPSession(tab);
    await slowDown(cdp);
    // The trace begins with what the tab shows: not with the page of the visit before.
    await tab.goto('about:blank');
    const shots: string[] = [];
    cdp.on('Tracing.dataCollected', ({ value }) => {
      for (const event of value as unknown as { name: string; args: { snapshot?: string } }[])
        if (event.name === 'Screenshot' && event.args.snapshot) shots.push(event.args.snapshot);
    });
    await cdp.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: ['disabled-by-default-devtools.screenshot'] },
    });
    await tab.goto(shop.origin + path);
    await tab.waitForFunction(() => customElements.get('bl-experiment') && 'experiments' in window);
    await tab.evaluate(() => (window as unknown as ShopWindow).experiments.ready);
    await tab.waitForTimeout(500);
    const told = await tab.evaluate(async () => {
      const [shifts, painted] = await Promise.all(
        ['layout-shift', 'element'].map(
          (type) =>
            new Promise<PerformanceEntryList>((resolve) => {
              const observer = new PerformanceObserver((list) => resolve(list.getEntries()));
              observer.observe({ type, buffered: true });
              setTimeout(() => resolve([]), 500);
            }),
        ),
      );
      const [first] = performance.getEntriesByName('first-contentful-paint');
      return {
        shift: (shifts as unknown as Shift[]).reduce((sum, { value }) => sum + value, 0),
        painted: Object.fromEntries(
          (painted as unknown as Painted[]).map((one) => [one.identifier, one.renderTime]),
        ),
        first: first!.startTime,
      };
    });
    const complete = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
    await cdp.send('Tracing.end');
    await complete;
    return { ...told, frames: await colours(shots) };
  }

  /** Counts in a page of its own, which no policy keeps from reading pictures. */
  async function colours(shots: readonly string[]): Promise<Seen['frames']> {
    const tab = await browser.newPage();
    const frames = await tab.evaluate(async (pictures) => {
      const counted = [];
      for (const picture of pictures) {
        const image = new Image();
        image.src = `data:image/jpeg;base64,${picture}`;
        await image.decode();
        const { width, height } = image;
        const context = new OffscreenCanvas(width, height).getContext('2d')!;
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, 0, width, height);
        let [red, green, other] = [0, 0, 0];
        for (let i = 0; i < data.length; i += 4) {
          const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
          if (r > 200 && g < 80 && b < 80) red++;
          else if (g > 200 && r < 80 && b < 80) green++;
          else if (r < 200) other++;
        }
        if (red + green + other > 0) counted.push({ red, green });
      }
      return counted;
    }, shots);
    await tab.close();
    return frames;
  }

  function expectRight({ frames, shift, painted, first }: Seen): void {
    expect(frames.length).to.be.greaterThan(0);
    expect(frames.filter(({ red }) => red > 0)).to.deep.equal([]);
    expect(frames[0]!.green).to.be.greaterThan(0);
    expect(shift).to.equal(0);
    expect(Object.keys(painted).sort()).to.deep.equal([...KEYS].sort());
    expect(painted['hero']).to.equal(first);
  }

  /** How many the page has recorded. */
  const exposures = (tab: Page) =>
    tab.evaluate(async () => {
      const { experiments, sync } = window as unknown as ShopWindow;
      await experiments.settled();
      return sync.collection('exposures').query().get().length;
    });

  const texts = (tab: Page) =>
    tab.evaluate(() => document.body.innerText.replace(/\s+/g, ' ').trim());

  it('has the variants that a server hands over, on the first visit', async () => {
    shop.show(inlineScript({ decisions: takeSnapshot({ experiments }, { id }) }));
    const context = await browser.newContext();
    const { tab, problems } = await open(context);
    await tab.addInitScript(() => {
      document.addEventListener('DOMContentLoaded', () => {
        Object.assign(window, { boxes: [...document.querySelectorAll('.bold')] });
      });
    });
    const seen = await watch(tab);
    expectRight(seen);
    // In one frame: nothing comes later.
    expect(new Set(Object.values(seen.painted)).size).to.equal(1);
    expect(new Set(seen.frames.map(({ green }) => green)).size).to.equal(1);
    // The elements have come by now, have recorded it, and have left what was there.
    const kept = await tab.evaluate(async () => {
      const { boxes, experiments } = window as unknown as ShopWindow;
      await experiments.settled();
      const now = [...document.querySelectorAll('.bold')];
      return boxes.length === 3 && boxes.every((box, i) => box === now[i]);
    });
    expect(kept).to.equal(true);
    expect(problems).to.deep.equal([]);
    await context.close();
  });

  it('stays the control on a first visit without decisions, and nobody takes part', async () => {
    shop.show(inlineScript());
    const context = await browser.newContext();
    const { tab, problems } = await open(context);
    const { frames, shift } = await watch(tab);
    expect(frames.length).to.be.greaterThan(0);
    expect(frames[0]!.red).to.be.greaterThan(0);
    expect(frames.filter(({ green }) => green > 0)).to.deep.equal([]);
    expect(shift).to.equal(0);
    expect(await exposures(tab)).to.equal(0);
    // The next page is in time.
    expectRight(await watch(tab));
    expect(await exposures(tab)).to.equal(3);
    expect(problems).to.deep.equal([]);
    await context.close();
  });

  it('has them from the second visit on, on a page that is the same for everybody', async () => {
    shop.show(inlineScript());
    const context = await browser.newContext();
    const { tab, problems } = await open(context);
    await tab.goto(shop.origin);
    await tab.waitForFunction(() => localStorage.getItem('bytelyst-decisions'));
    expectRight(await watch(tab));
    expect(problems).to.deep.equal([]);
    await context.close();
  });

  it('has them on every page that the experiments run on, also one never seen before', async () => {
    shop.show(inlineScript(), 0, [{ include: true, type: 'simple', pattern: '/p*' }]);
    const context = await browser.newContext();
    const { tab, problems } = await open(context);
    await tab.goto(`${shop.origin}q`);
    await tab.waitForFunction(() => localStorage.getItem('bytelyst-decisions'));
    for (const path of ['p1', 'p2', 'p1?page=2']) expectRight(await watch(tab, path));
    expect(await exposures(tab)).to.equal(3);
    const { frames, shift } = await watch(tab, 'q');
    expect(frames[0]!.red).to.be.greaterThan(0);
    expect(frames.filter(({ green }) => green > 0)).to.deep.equal([]);
    expect(shift).to.equal(0);
    expect(problems).to.deep.equal([]);
    await context.close();
  });

  it('has them in every part of a page that arrives bit by bit', async () => {
    shop.show(inlineScript({ decisions: takeSnapshot({ experiments }, { id }) }), 150);
    const context = await browser.newContext();
    const { tab, problems } = await open(context);
    expectRight(await watch(tab));
    expect(problems).to.deep.equal([]);
    await context.close();
  });

  it('comes without the overlay, but for whoever asks for it', async () => {
    shop.show(inlineScript({ decisions: takeSnapshot({ experiments }, { id }) }));
    const context = await browser.newContext();
    const { tab, problems } = await open(context);
    const files = new Set<string>();
    tab.on('request', (request) => files.add(new URL(request.url()).pathname));
    await tab.goto(shop.origin);
    await tab.waitForFunction(() => 'experiments' in window);
    await tab.evaluate(() => (window as unknown as ShopWindow).experiments.ready);
    const usual = new Set(files);
    expect(await tab.locator('bl-experiment-overlay').count()).to.equal(0);

    await tab.goto(`${shop.origin}?bl-debug`);
    const overlay = tab.locator('bl-experiment-overlay');
    await overlay.getByText('hero', { exact: true }).waitFor();
    expect([...files].filter((file) => !usual.has(file))).to.not.deep.equal([]);
    await overlay.getByLabel('Variant of hero').selectOption('control');
    await tab.locator('.control').first().waitFor();
    expect(problems).to.deep.equal([]);
    await context.close();
  });

  it('is the control without JavaScript', async () => {
    shop.show(inlineScript({ decisions: takeSnapshot({ experiments }, { id }) }));
    const context = await browser.newContext({ javaScriptEnabled: false });
    const { tab } = await open(context);
    await tab.goto(shop.origin);
    expect(await tab.locator('.control').count()).to.equal(3);
    expect(await tab.locator('.bold').count()).to.equal(0);
    for (const box of await tab.locator('.control').all())
      expect(await box.isVisible()).to.equal(true);
    await context.close();
  });

  it('is the control without decisions', async () => {
    shop.show(inlineScript());
    const context = await browser.newContext();
    const { tab } = await open(context);
    await tab.route('**/page.js', (route) => route.abort());
    await tab.goto(shop.origin);
    expect(await texts(tab)).to.equal('hero Between price Between banner Between That is all');
    expect(await tab.locator('.control:visible').count()).to.equal(3);
    await context.close();
  });
});

interface ShopWindow {
  experiments: { ready: Promise<void>; settled(): Promise<void> };
  sync: { collection(name: string): { query(): { get(): unknown[] } } };
  boxes: Element[];
}

interface Shift {
  value: number;
}

interface Painted {
  identifier: string;
  renderTime: number;
}
