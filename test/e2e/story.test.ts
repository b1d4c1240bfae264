import { expect } from 'chai';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { serve, visit, type Served } from './served.js';

const ADMIN = '/ops/ab-testing';

/** The main story, as a person lives it, against the started server. */
describe('a day with the network off', () => {
  let served: Served;
  before(async function () {
    this.timeout(300_000);
    served = await serve();
  });
  after(() => served?.stop());

  /** An experiment in the list, by its name or its key. */
  const row = (page: Page, text: string): Locator =>
    page.getByRole('row').filter({ hasText: text });

  const edit = async (page: Page, key: string, name: string) => {
    await page.goto(`${served.url}${ADMIN}#/experiments/${key}/edit`);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
  };

  const create = async (page: Page, name: string) => {
    await page.goto(`${served.url}${ADMIN}#/new`);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
    await page.getByRole('textbox', { name: 'Hypothesis' }).fill('It will work, because it must.');
    await page.getByLabel('Primary metric').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Create draft' }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
  };

  /** What the server has, asked for by nobody's dashboard. */
  const stored = async (browser: BrowserContext): Promise<string> => {
    const address = `${served.url}/v1/sync/pull?collections=experiments`;
    return (await browser.request.get(address)).text();
  };

  it('keeps edits over an offline reload, and brings them everywhere once online', async () => {
    const [mine, hers] = [await served.browser(), await served.browser()];
    const { page, problems } = await visit(mine, served.url + ADMIN);
    await row(page, 'checkout-one-page').waitFor();
    expect(await page.getByRole('row').count()).to.be.greaterThan(6);
    // The page can be opened offline from its second visit on, when its worker has it.
    await page.evaluate(() => navigator.serviceWorker.ready);
    const { page: secondTab } = await visit(mine, served.url + ADMIN);
    const { page: secondBrowser, problems: herProblems } = await visit(hers, served.url + ADMIN);
    await row(secondTab, 'search-v3').waitFor();
    await row(secondBrowser, 'search-v3').waitFor();

    await mine.setOffline(true);
    const stamp = Date.now().toString(36);
    const [renamed, created] = [`Search ranking ${stamp}`, `Bigger button ${stamp}`];
    await edit(page, 'search-v3', renamed);
    await create(page, created);
    await page.reload();
    await page.goto(served.url + ADMIN);
    await row(page, renamed).waitFor();
    await row(page, created).waitFor();
    await page
      .locator('bl-sync-status')
      .getByText(/2 (changes|pending)/)
      .waitFor();
    expect(await stored(hers))
      .to.not.include(renamed)
      .and.not.include(created);
    expect(await row(secondBrowser, renamed).count()).to.equal(0);

    await mine.setOffline(false);
    await page.locator('bl-sync-status').getByText('All changes saved').waitFor();
    await row(secondBrowser, renamed).waitFor();
    await row(secondBrowser, created).waitFor();
    await row(secondTab, renamed).waitFor();
    await row(secondTab, created).waitFor();
    expect(await stored(hers))
      .to.include(renamed)
      .and.include(created);
    expect(problems.concat(herProblems)).to.deep.equal([]);
    await Promise.all([mine.close(), hers.close()]);
  });

  it('counts a thousand visitors recorded offline exactly once, however often they are sent', async () => {
    const browser = await served.browser();
    const { page: dashboard } = await visit(browser, served.url + ADMIN);
    const exposures = async () => {
      const cells = await row(dashboard, 'hero-copy').getByRole('cell').allInnerTexts();
      return Math.max(...cells.map((text) => Number(text.replaceAll(',', '')) || 0));
    };
    await row(dashboard, 'hero-copy').waitFor();
    const { page, problems } = await visit(browser, `${served.url}/#visitors`);
    const before = { exposures: await exposures(), results: await results(browser) };

    await page.evaluate(() => navigator.serviceWorker.ready);
    await browser.setOffline(true);
    const send = page.getByRole('button', { name: 'Send 1,000 visitors' });
    await send.click();
    const tally = page.locator('#visitors-tally');
    await tally.waitFor();
    await send.and(page.locator(':enabled')).waitFor();
    const sent = await tally.locator('tbody tr').evaluateAll((rows) =>
      rows.map((tr) => {
        const [variant, visitors, signUps] = [...tr.children].map((cell) => cell.textContent!);
        return { variant: variant!, visitors: Number(visitors), signUps: Number(signUps) };
      }),
    );
    expect(sent.reduce((sum, { visitors }) => sum + visitors, 0)).to.equal(1_000);
    expect(sent.reduce((sum, { signUps }) => sum + signUps, 0)).to.be.greaterThan(0);
    expect((await results(browser)).updatedAt).to.equal(before.results.updatedAt);

    // The first answer is lost on its way back, so the page sends the same batch again; and the
    // second batch is sent twice over.
    let batches = 0;
    await page.route('**/v1/sync/append', async (route) => {
      batches++;
      const answer = await route.fetch();
      if (batches === 1) return route.abort();
      if (batches === 2) await route.fetch();
      return route.fulfill({ response: answer });
    });
    await browser.setOffline(false);
    await page.locator('#visitors-status').getByText('All changes saved').waitFor();
    expect(batches).to.be.greaterThan(2);

    for (let i = 0; i < 100 && (await exposures()) !== before.exposures + 1_000; i++)
      await dashboard.waitForTimeout(100);
    expect(await exposures()).to.equal(before.exposures + 1_000);
    const after = await results(browser);
    for (const { variant, visitors, signUps } of sent) {
      expect(after.units[variant]! - before.results.units[variant]!).to.equal(visitors);
      expect(after.signUps[variant]! - before.results.signUps[variant]!).to.equal(signUps);
    }
    expect(problems).to.deep.equal([]);
  });

  /** The server's sums for the experiment, by variant. */
  const results = async (browser: BrowserContext) => {
    const answer = await browser.request.get(`${served.url}/v1/sync/pull?collections=results`);
    const lines = (await answer.text()).trim().split('\n');
    const pages = lines.map((line) => JSON.parse(line) as ResultsPage);
    const page = pages.find(({ keys }) => keys?.includes('hero-copy'))!;
    const value = page.values[page.keys.indexOf('hero-copy')]!;
    const total = (matrix: number[][]) =>
      Object.fromEntries(
        value.variants.map((variant, i) => [variant, matrix[i]!.reduce((a, b) => a + b, 0)]),
      );
    const signUps = total(value.metrics['sign-up-rate']!.sum);
    return { updatedAt: value.updatedAt, units: total(value.units), signUps };
  };
});

interface ResultsPage {
  keys: string[];
  values: {
    updatedAt: string;
    variants: string[];
    units: number[][];
    metrics: Record<string, { sum: number[][] }>;
  }[];
}
