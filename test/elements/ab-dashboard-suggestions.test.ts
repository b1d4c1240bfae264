import { expect } from '@open-wc/testing';
import type { AcceptEvent } from '../../src/elements/ab-dashboard/events.js';
import type { Experiment } from '../../src/experiments/model.js';
import { experiment, metrics, results, workspace } from './ab-dashboard.fixture.js';
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
} from './ab-dashboard.page.js';

const CHECKOUT = '#/experiments/checkout-one-page';

describe('the suggestions about an experiment', () => {
  beforeEach(() => sessionStorage.clear());
  afterEach(() => {
    location.hash = '';
  });

  it('are at least three for a clear winner, the most urgent first', async () => {
    const element = await mount(workspace(), CHECKOUT);
    const titles = all(element, '.title').map(textOf);
    expect(titles.length).to.be.at.least(3);
    expect(titles[0]).to.equal('Act Ship “One page”');
  });

  it('lead from a number to its cell on the scorecard, and show its formula', async () => {
    const element = await mount(workspace(), CHECKOUT);
    const number = find(element, '.claim button');
    number.click();
    await settled(element);
    expect(number.getAttribute('aria-expanded')).to.equal('true');
    const cell = find(element, '.highlighted');
    expect(cell.dataset['cell']).to.equal('purchase/one-page/lift');
    expect(textOf(cell)).to.include(textOf(number));
    expect(textOf(find(element, '.source'))).to.match(/^Formula .*control units \d\d,\d{3}/);
    number.click();
    await settled(element);
    expect(all(element, '.highlighted, .source')).to.deep.equal([]);
  });

  it('say the same number as the scorecard, also when that shows absolute ones', async () => {
    const element = await mount(workspace(), CHECKOUT);
    find(element, '.scorecard input[type=radio]:not(:checked)').click();
    await settled(element);
    find(element, '.claim button').click();
    await settled(element);
    expect(textOf(find(element, '.highlighted'))).to.include(
      textOf(find(element, '.claim button')),
    );
  });

  it('go when they are dismissed, stay away in this session, and come back with undo', async () => {
    const element = await mount(workspace(), CHECKOUT);
    const count = all(element, '.title').length;
    button(element, 'Dismiss').click();
    await settled(element);
    expect(all(element, '.title')).to.have.lengthOf(count - 1);
    expect(textOf(find(element, 'bl-ai-suggestions').shadowRoot!.activeElement)).to.equal('Undo');
    button(element, 'Undo').click();
    await settled(element);
    expect(all(element, '.title')).to.have.lengthOf(count);

    button(element, 'Dismiss').click();
    await go(element, '#/');
    await go(element, CHECKOUT);
    expect(all(element, '.title')).to.have.lengthOf(count - 1);
    expect(textOf(find(element, '.hidden'))).to.equal('1 suggestion dismissed. Show again');
    button(element, 'Show again').click();
    await settled(element);
    expect(all(element, '.title')).to.have.lengthOf(count);
  });

  it('survive rubbish in the session’s storage', async () => {
    for (const rubbish of ['{', 'null', '7', '{"checkout-one-page/1":{"a":1}}']) {
      sessionStorage.setItem('bytelyst-ab:dismissed', rubbish);
      const element = await mount(workspace(), CHECKOUT);
      expect(all(element, '.title')).not.to.be.empty;
    }
  });

  it('ask before they act, and do nothing when the page cancels', async () => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine, CHECKOUT);
    const ship = () => find(element, 'li .button:not(.ghost)');
    const rules: string[] = [];
    const cancel = (event: AcceptEvent) => {
      rules.push(event.rule);
      event.preventDefault();
    };
    element.addEventListener('bl-accept', cancel);
    ship().click();
    await settled(element);
    expect(rules).to.deep.equal(['ship']);
    expect(all(element, 'dialog')).to.deep.equal([]);

    element.removeEventListener('bl-accept', cancel);
    ship().click();
    await settled(element);
    expect(textOf(find(element, 'dialog h3'))).to.equal('Ship “One page”?');
    expect(engine.collection<Experiment>('experiments').get('checkout-one-page')?.status).to.equal(
      'running',
    );
  });

  it('offer no action where the rows can only be read', async () => {
    const element = await mount(workspace(), CHECKOUT);
    expect(all(element, 'li .button:not(.ghost)')).to.deep.equal([]);
  });

  it('keep markup in names as text', async () => {
    const name = '<img src=x onerror="window.hacked = true">';
    const row = experiment('x', {
      variants: [
        { key: 'control', name: 'Control', weight: 0.5 },
        { key: 'one-page', name, weight: 0.5 },
      ],
    });
    const sums = results(row, { lifts: [0, 0.2] });
    const element = await mount(
      { experiments: [row], metrics, results: [sums] },
      '#/experiments/x',
    );
    expect(textOf(find(element, 'bl-ai-suggestions').shadowRoot!.querySelector('ul'))).to.include(
      name,
    );
    expect(all(element, 'img')).to.deep.equal([]);
    expect('hacked' in window).to.equal(false);
  });

  it('are accessible with a source open and one dismissed, in light and dark', async () => {
    const engine = await offlineEngine(workspace());
    await inBothSchemes(async () => {
      sessionStorage.clear();
      const element = await mountOn(engine, CHECKOUT);
      all(element, 'li .ghost').at(-1)!.click();
      find(element, '.claim button').click();
      await settled(element);
      await expect(element).to.be.accessible();
    });
  });
});
