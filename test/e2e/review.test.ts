import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { AbDashboard } from '../../src/elements/ab-dashboard/ab-dashboard.js';
import { serve, visit, type Served } from './served.js';

describe('the demo site', () => {
  let served: Served;
  before(async function () {
    this.timeout(300_000);
    served = await serve();
  });
  after(() => served?.stop());

  /** Writes what no form would: a name longer than any may be. */
  const writeLongName = (page: Page, key: string) =>
    page.evaluate(async (id) => {
      const { sync } = document.querySelector<AbDashboard>('bl-ab-dashboard')!;
      await sync!.collection('experiments').update(id, { name: 'W'.repeat(300) });
    }, key);

  const nameOf = (page: Page, key: string) =>
    page.evaluate((id) => {
      const { sync } = document.querySelector<AbDashboard>('bl-ab-dashboard')!;
      return (sync!.collection('experiments').get(id) as { name: string } | undefined)?.name;
    }, key);

  const dialog = (page: Page) => page.getByRole('dialog', { name: 'Waiting for you' });
  // Not those among the examples of sync status.
  const review = (page: Page) =>
    page.locator('#status, #dashboard-status').getByRole('button', { name: 'Review' });

  const focused = (page: Page, id: string) =>
    page.waitForFunction((wanted) => document.activeElement?.id === wanted, id);

  it('tells a refused change in the server’s words; it is tried again and discarded', async () => {
    const { page, problems } = await visit(await served.browser(), `${served.url}/ops/ab-testing`);
    await page.getByRole('row').filter({ hasText: 'search-v3' }).waitFor();
    const before = await nameOf(page, 'search-v3');
    await writeLongName(page, 'search-v3');

    await page.getByText('1 change refused').waitFor();
    await review(page).press('Enter');
    const heading = dialog(page).getByRole('heading', { name: 'Waiting for you' });
    expect(await heading.evaluate((one) => one === document.activeElement)).to.equal(true);
    const entry = dialog(page).getByRole('listitem').filter({ hasText: 'search-v3' });
    expect(await entry.innerText()).to.match(/Change to search-v3 experiments/);
    expect(await entry.innerText()).to.match(/\/name must NOT have more than \d+ characters/);
    expect(await entry.getByRole('group', { name: 'What you wrote' }).innerText()).to.include(
      'WWW',
    );

    // The reason is still there, so the server refuses it once more, under a new id.
    const again = page.waitForResponse((response) => response.url().endsWith('/sync/push'));
    await entry.getByRole('button', { name: 'Try again' }).click();
    await again;
    await entry.getByRole('button', { name: 'Discard' }).press('Enter');

    await dialog(page).getByText('All settled').waitFor();
    expect(await nameOf(page, 'search-v3')).to.equal(before);
    expect(await heading.evaluate((one) => one === document.activeElement)).to.equal(true);
    await page.keyboard.press('Escape');
    await focused(page, 'main');
    await page.getByText('All changes saved').waitFor();
    expect(problems).to.deep.equal([]);
  });

  it('leaves a refused change for later, and gives the focus back', async () => {
    const { page } = await visit(await served.browser(), `${served.url}/`);
    await page.getByRole('row').filter({ hasText: 'search-v3' }).waitFor();
    await writeLongName(page, 'search-v3');
    await review(page).click();
    await dialog(page).getByRole('button', { name: 'Close' }).click();
    await focused(page, 'dashboard-status');
    await review(page).click();
    await dialog(page).getByRole('button', { name: 'Discard' }).click();
    await dialog(page).getByText('All settled').waitFor();
  });

  it('has a dashboard on the overview that leaves the page’s own places alone', async () => {
    const { page, problems } = await visit(await served.browser(), `${served.url}/`);
    const current = () => page.locator('body > bl-sidebar a[aria-current]').allInnerTexts();
    const dashboard = page.locator('bl-ab-dashboard');
    await dashboard.getByRole('link', { name: 'Search ranking' }).first().click();
    await dashboard.getByRole('tab', { name: 'Results' }).waitFor();
    expect(await current()).to.deep.equal(['Overview']);

    await page.getByRole('link', { name: 'Page header', exact: true }).click();
    expect(new URL(page.url()).hash).to.equal('#page-header');
    expect(await current()).to.deep.equal(['Page header']);
    expect(await dashboard.getByRole('tab', { name: 'Results' }).count()).to.equal(1);

    await page.goBack();
    expect(await current()).to.deep.equal(['Overview']);
    await dashboard.getByRole('link', { name: 'All experiments' }).click();
    await dashboard.getByRole('row').filter({ hasText: 'search-v3' }).waitFor();
    expect(problems).to.deep.equal([]);
  });
});
