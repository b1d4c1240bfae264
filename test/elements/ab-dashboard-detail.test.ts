import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { DecideEvent, SelectEvent } from '../../src/elements/ab-dashboard/events.js';
import type { Experiment } from '../../src/experiments/model.js';
import type { MetricSummary } from '../../src/stats/index.js';
import { experiment, iso, metrics, NOW, results, workspace } from './ab-dashboard.fixture.js';
import {
  all,
  button,
  find,
  go,
  inBothSchemes,
  mount,
  mountOn,
  offlineEngine,
  settled,
  textOf,
  until,
} from './ab-dashboard.page.js';

const CHECKOUT = '#/experiments/checkout-one-page';

describe('the detail of an experiment', () => {
  afterEach(() => {
    location.hash = '';
  });

  it('says the verdict first, with its numbers and why', async () => {
    const element = await mount(workspace(), CHECKOUT);
    expect(textOf(find(element, '.sentence'))).to.match(
      /^Ship “One page”\. Purchase rate up \d+\.\d%, between \d+\.\d% and \d+\.\d%\.$/,
    );
    expect(textOf(find(element, '.verdict'))).to.include('The guardrail holds.');
    expect(textOf(find(element, '.head .pill'))).to.equal('Running · day 24 of 28');
  });

  it('does not read the lift where the split is wrong', async () => {
    const element = await mount(workspace(), '#/experiments/free-shipping');
    expect(textOf(find(element, '.sentence'))).to.equal('Don’t trust these numbers yet.');
    expect(textOf(find(element, '[data-cell="health/balance"]'))).to.include('Off, p <0.0001');
  });

  it('shows every metric against the control, with words beside the colours', async () => {
    const element = await mount(workspace(), CHECKOUT);
    const row = find(element, '.scorecard tbody tr:not(.metric)');
    expect(textOf(row.querySelector('.variant'))).to.equal('One page');
    expect(textOf(row.querySelector('[data-cell$="/lift"]'))).to.match(/^\+\d+\.\d%\+.* to \+/);
    expect(textOf(row.querySelector('.pill'))).to.equal('▲ better');
    expect(row.querySelector('svg.interval')?.getAttribute('aria-label')).to.match(
      /^\+\d+\.\d%, interval \+\d+\.\d% to \+\d+\.\d%$/,
    );
    expect(all(element, '.scorecard .metric').map(textOf)).to.deep.equal([
      'Purchase rate · primary',
      'Revenue per visitor · secondary',
      'Page load · guardrail, lower is better, margin 5%',
    ]);
  });

  it('shows chances and losses beside the verdict, without a colour', async () => {
    const element = await mount(workspace(), CHECKOUT);
    const card = find(element, '.beside');
    expect(all(element, '.beside tbody tr')).to.have.lengthOf(2);
    const [chance, loss, ...more] = all(element, '.beside tbody tr:first-child td').map(textOf);
    expect(chance).to.match(/^\d+\.\d%$/);
    expect(loss).to.match(/^\d+\.\d+%$/);
    expect(more).to.deep.equal([]);
    expect(card.querySelector('.pill, .success, .danger')).to.equal(null);
  });

  it('shows the raw lift beside the adjusted one where a covariate adjusts', async () => {
    const rows = workspace();
    const given = rows.results.map((row) => {
      const purchase = row.metrics['purchase'] as MetricSummary | undefined;
      if (!purchase) return row;
      const each = (of: (n: number) => number) => row.units.map((days) => days.map(of));
      // Half of what units do now is what they did before.
      const covariate = {
        sum: each((n) => n),
        m2: each((n) => n),
        cross: purchase.m2.map((days, v) =>
          days.map((m2, d) => Math.sqrt(m2 * row.units[v]![d]!) / 2),
        ),
      };
      return { ...row, metrics: { ...row.metrics, purchase: { ...purchase, covariate } } };
    });
    const element = await mount({ ...rows, results: given as typeof rows.results }, CHECKOUT);
    const cells = all(element, '.beside tbody tr:first-child td').map(textOf);
    expect(cells).to.have.lengthOf(4);
    expect(cells[2]).to.match(/^\+\d+\.\d% \(.* to .*\)$/);
    expect(cells[3]).to.match(/^\+\d+\.\d% \(.* to .*\)$/);
  });

  it('changes to absolute numbers in each metric’s own unit', async () => {
    const element = await mount(workspace(), CHECKOUT);
    find(element, '.scorecard input[type=radio]:not(:checked)').click();
    await settled(element);
    const lifts = all(element, '[data-cell$="/lift"]').map(textOf);
    expect(lifts[0]).to.include(' pp');
    expect(lifts[2]).to.include('€');
    expect(lifts[4]).to.match(/\ds/);
  });

  it('walks over the days with the arrow keys', async () => {
    const element = await mount(workspace(), CHECKOUT);
    const slider = find<HTMLInputElement>(element, 'input[type=range]');
    expect(textOf(find(element, '.legend .day'))).to.equal('Nov 22');
    slider.focus();
    await sendKeys({ press: 'ArrowLeft' });
    await settled(element);
    expect(textOf(find(element, '.legend .day'))).to.equal('Nov 21');
    expect(slider.getAttribute('aria-valuetext')).to.match(/^Nov 21: One page .*; Accordion /);
    await sendKeys({ press: 'Home' });
    await settled(element);
    expect(textOf(find(element, '.legend .day'))).to.equal('Oct 30');
  });

  it('has the chart’s numbers in a table too', async () => {
    const element = await mount(workspace(), CHECKOUT);
    const view = all<HTMLInputElement>(element, 'input[name=view]');
    view[1]!.click();
    await settled(element);
    const table = find(element, '.scroll table');
    expect(table.querySelectorAll('tbody tr')).to.have.lengthOf(24);
    expect(table.querySelectorAll('tbody td')).to.have.lengthOf(48);
  });

  it('has its setup on a tab, reached by arrow keys', async () => {
    const element = await mount(workspace(), CHECKOUT);
    find(element, '[role=tab][aria-selected=true]').focus();
    await sendKeys({ press: 'ArrowRight' });
    await settled(element);
    expect(textOf(find(element, '[role=tab][aria-selected=true]'))).to.equal('Setup');
    expect(textOf(find(element, '.setup'))).to.include('Control 34% · control');
  });

  it('says so where nothing has arrived', async () => {
    const element = await mount(workspace(), '#/experiments/search-v3');
    expect(textOf(find(element, '.sentence'))).to.equal('Not started yet.');
    expect(textOf(find(element, '.verdict'))).to.not.include('guardrail');
    expect(textOf(find(element, '.scorecard'))).to.include('No data yet.');
    expect(all(element, 'bl-variant-chart')).to.deep.equal([]);
  });

  it('computes nothing where the control has no value to compare with', async () => {
    const row = experiment('zero');
    const sums = results(row, { lifts: [0, 0] });
    for (const metric of Object.values(sums.metrics)) {
      metric.sum = metric.sum.map((days) => days.map(() => 0));
      metric.m2 = metric.sum;
    }
    const element = await mount(
      { experiments: [row], metrics, results: [sums] },
      '#/experiments/zero',
    );
    expect(textOf(find(element, '[data-cell="purchase/one-page/lift"]'))).to.equal(
      '– control too close to zero',
    );
    for (const part of all(element, '*')) expect(part.textContent).not.to.include('NaN');
  });

  it('never mixes phases: results of an earlier one are not shown', async () => {
    const row = experiment('again', { phase: 2, startedAt: iso(-1) });
    const old = { ...results(row, { lifts: [0, 0.1] }), phase: 1 };
    const element = await mount(
      { experiments: [row], metrics, results: [old] },
      '#/experiments/again',
    );
    expect(textOf(find(element, '[data-cell="health/exposures"]'))).to.include('0');
  });

  it('says which key does not exist, and leads back', async () => {
    const element = await mount(workspace(), '#/experiments/gone');
    const state = find(element, 'bl-empty-state');
    expect(state.getAttribute('heading')).to.equal('There is no such experiment');
    expect(state.getAttribute('description')).to.include('“gone”');
    await go(
      element,
      new URL(button(element, 'All experiments').getAttribute('href')!, location.href).hash,
    );
    expect(find(element, 'bl-experiment-list')).to.exist;
  });

  it('goes where `selected` says', async () => {
    const element = await mount();
    element.selected = 'hero-copy';
    await until(() => all(element, 'h2').length > 0, 'the detail opens');
    expect(textOf(find(element, 'h2'))).to.equal('Hero copy: outcome first');
    element.selected = null;
    await until(() => all(element, 'bl-experiment-list').length > 0, 'the list opens');
  });

  it('stays when the page cancels the selection', async () => {
    const element = await mount();
    element.addEventListener('bl-select', (event) => event.preventDefault());
    await go(element, '#/experiments/hero-copy');
    expect(location.hash).to.equal('#/');
    expect(element.selected).to.equal(null);
  });

  it('tells the page what is selected', async () => {
    const element = await mount();
    const keys: (string | null)[] = [];
    element.addEventListener('bl-select', (event: SelectEvent) => keys.push(event.key));
    await go(element, '#/experiments/hero-copy');
    await go(element, '#/experiments/hero-copy/edit');
    await go(element, '#/');
    expect(keys).to.deep.equal(['hero-copy', null]);
  });

  it('leaves the focus alone when the address only says again where it is', async () => {
    const element = await mount(workspace(), CHECKOUT);
    find(element, '#results').focus();
    dispatchEvent(new HashChangeEvent('hashchange'));
    await settled(element);
    await settled(element);
    expect(find(element, 'bl-experiment-detail').shadowRoot!.activeElement?.id).to.equal('results');
  });

  it('leaves other hashes to the page', async () => {
    const element = await mount(workspace(), CHECKOUT);
    await go(element, '#content');
    expect(textOf(find(element, 'h2'))).to.equal('Checkout: one page');
  });

  it('offers no change where the rows were given', async () => {
    const element = await mount(workspace(), CHECKOUT);
    expect(all(element, '.head button, .verdict button')).to.deep.equal([]);
    expect(all(element, 'a').map(textOf)).not.to.include('Edit');
  });

  it('shows no form where the rows were given', async () => {
    const element = await mount(workspace(), `${CHECKOUT}/edit`);
    expect(textOf(find(element, 'h2'))).to.equal('Checkout: one page');
    await go(element, '#/new');
    expect(find(element, 'bl-experiment-list')).to.exist;
  });

  it('is accessible in light and dark, on each tab', async () => {
    await inBothSchemes(async () => {
      const element = await mount(workspace(), CHECKOUT);
      await expect(element).to.be.accessible();
      find(element, '#setup').click();
      await settled(element);
      await expect(element).to.be.accessible();
    });
  });
});

describe('acting on an experiment', () => {
  afterEach(() => {
    location.hash = '';
  });

  const open = async (key: string) => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine, `#/experiments/${key}`);
    const row = () => engine.collection<Experiment>('experiments').get(key)!;
    return { element, row };
  };

  it('pauses and resumes at once', async () => {
    const { element, row } = await open('checkout-one-page');
    button(element, 'Pause').click();
    await until(() => row().status === 'paused', 'it pauses');
    await settled(element);
    button(element, 'Resume').click();
    await until(() => row().status === 'running', 'it resumes');
  });

  it('ships after one question: the outcome is noted and it stops', async () => {
    const { element, row } = await open('checkout-one-page');
    find(element, '.verdict button').click();
    await settled(element);
    const dialog = find<HTMLDialogElement>(element, 'dialog');
    expect(dialog.open).to.equal(true);
    expect(textOf(dialog.querySelector('h3'))).to.equal('Ship “One page”?');
    dialog.querySelector<HTMLElement>('[value=yes]')!.click();
    await until(() => row().outcome !== null, 'the outcome is stored');
    expect(row()).to.deep.include({
      status: 'stopped',
      stoppedAt: new Date(NOW).toISOString(),
      outcome: { variant: 'one-page', decision: 'shipped', at: new Date(NOW).toISOString() },
    });
    const shipped = 'Shipped “One page” on November 22, 2026.';
    await until(() => textOf(find(element, '.sentence')).includes(shipped), 'it says so');
    expect(all(element, '.verdict button')).to.deep.equal([]);
  });

  it('does nothing when the question is answered with Escape', async () => {
    const { element, row } = await open('checkout-one-page');
    button(element, 'Stop').click();
    await settled(element);
    await sendKeys({ press: 'Escape' });
    await until(() => all(element, 'dialog').length === 0, 'the dialog closes');
    expect(row().status).to.equal('running');
  });

  it('starts a draft from now on', async () => {
    const { element, row } = await open('search-v3');
    button(element, 'Start').click();
    await settled(element);
    find(element, 'dialog [value=yes]').click();
    await until(() => row().status === 'running', 'it starts');
    expect(row().startedAt).to.equal(new Date(NOW).toISOString());
  });

  it('does not write what the page cancels', async () => {
    const { element, row } = await open('checkout-one-page');
    const seen: string[] = [];
    element.addEventListener('bl-decide', (event: DecideEvent) => {
      seen.push(`${event.action} ${event.key}`);
      event.preventDefault();
    });
    button(element, 'Pause').click();
    await settled(element);
    expect(seen).to.deep.equal(['pause checkout-one-page']);
    expect(row().status).to.equal('running');
  });
});
