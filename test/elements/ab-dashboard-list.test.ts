import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import { dashboardMessages } from '../../src/elements/ab-dashboard/messages.js';
import { setMessages } from '../../src/elements/messages.js';
import { experiment, metrics, workspace } from './ab-dashboard.fixture.js';
import {
  all,
  button,
  find,
  go,
  inBothSchemes,
  mount,
  mountOn,
  names,
  offlineEngine,
  settled,
  textOf,
  type,
  until,
} from './ab-dashboard.page.js';

const cell = (row: Element, name: string) => textOf(row.querySelector(`.${name}`));

describe('the list of experiments', () => {
  afterEach(() => {
    location.hash = '';
  });

  it('says in one sentence what there is and what waits', async () => {
    const element = await mount();
    expect(textOf(find(element, '.overview'))).to.equal(
      'Six experiments, three running. One decision is waiting for you.',
    );
  });

  it('shows each experiment at a glance, what waits for somebody first', async () => {
    const element = await mount();
    expect(names(element)[0]).to.equal('Checkout: one page');
    const row = find(element, 'tbody tr');
    expect(cell(row, 'status')).to.equal('Running');
    expect(cell(row, 'decision')).to.equal('Ship');
    expect(cell(row, 'exposures')).to.match(/^\d{3},\d{3}$/);
    expect(cell(row, 'lift')).to.match(/^\+\d+\.\d%$/);
    expect(cell(row, 'left')).to.equal('5 days');
    expect(cell(row, 'owner')).to.equal('growth');
    expect(row.querySelector('.split svg')?.getAttribute('aria-label')).to.equal(
      'Split: Control 34%, One page 33%, Accordion 33%',
    );
  });

  it('says so where there are no numbers, and never NaN', async () => {
    const element = await mount();
    const draft = all(element, 'tbody tr').find((row) => cell(row, 'status') === 'Draft');
    expect(cell(draft!, 'exposures')).to.equal('0');
    expect(cell(draft!, 'lift')).to.equal('no data yet');
    expect(cell(draft!, 'left')).to.equal('planned 14 d');
    expect(element.shadowRoot!.innerHTML).not.to.include('NaN');
  });

  it('finds by name, key and owner, in any case and order', async () => {
    const element = await mount();
    await type(element, 'input[type=search]', 'COPY hero');
    expect(names(element)).to.deep.equal(['Hero copy: outcome first']);
    await type(element, 'input[type=search]', 'annual-first');
    expect(names(element)).to.deep.equal(['Annual plan first']);
    await type(element, 'input[type=search]', 'search');
    expect(names(element)).to.have.members(['Onboarding checklist', 'Search ranking v3']);
  });

  it('filters by status with the arrow keys', async () => {
    const element = await mount();
    find(element, 'input[type=radio]').focus();
    await sendKeys({ press: 'ArrowRight' });
    await settled(element);
    expect(all(element, 'tbody tr').map((row) => cell(row, 'status'))).to.deep.equal([
      'Running',
      'Running',
      'Running',
    ]);
  });

  it('says when nothing matches, and the way back shows all', async () => {
    const element = await mount();
    await type(element, 'input[type=search]', 'zebra');
    expect(find(element, 'bl-empty-state').getAttribute('heading')).to.equal(
      'No experiment matches',
    );
    button(element, 'Show all experiments').click();
    await settled(element);
    expect(names(element)).to.have.lengthOf(6);
    expect(find<HTMLInputElement>(element, 'input[type=search]').value).to.equal('');
  });

  it('sorts by a header, then the other way, then as before; missing values stay last', async () => {
    const element = await mount();
    const before = names(element);
    const header = find(element, 'th.lift');
    const press = async () => {
      header.querySelector('button')!.click();
      await settled(element);
      return all(element, 'tbody tr').map((row) => cell(row, 'lift'));
    };
    expect(header.getAttribute('aria-sort')).to.equal('none');
    const down = await press();
    expect(header.getAttribute('aria-sort')).to.equal('descending');
    expect(down[0]).to.match(/^\+/);
    expect(down.at(-1)).to.equal('no data yet');
    const up = await press();
    expect(header.getAttribute('aria-sort')).to.equal('ascending');
    expect(up).to.deep.equal([...down.slice(0, -1).reverse(), down.at(-1)]);
    await press();
    expect(header.getAttribute('aria-sort')).to.equal('none');
    expect(names(element)).to.deep.equal(before);
  });

  it('links each row to its own address', async () => {
    const element = await mount();
    const link = find<HTMLAnchorElement>(element, 'tbody a');
    expect(link.getAttribute('href')).to.equal('#/experiments/checkout-one-page');
    await go(element, link.hash);
    expect(textOf(find(element, 'h2'))).to.equal('Checkout: one page');
    expect(element.selected).to.equal('checkout-one-page');
  });

  it('keeps search and order when one comes back to it, and gives the link its focus again', async () => {
    const element = await mount();
    await type(element, 'input[type=search]', 'first');
    await go(element, '#/experiments/hero-copy');
    history.back();
    await new Promise((done) => addEventListener('hashchange', done, { once: true }));
    await settled(element);
    expect(names(element)).to.have.members(['Hero copy: outcome first', 'Annual plan first']);
    const list = find(element, 'bl-experiment-list');
    const focused = () => textOf(list.shadowRoot!.activeElement);
    await until(() => focused() === 'Hero copy: outcome first', 'the link has the focus again');
  });

  it('marks rows that the server has not got yet', async () => {
    const element = await mountOn(await offlineEngine(workspace()));
    expect(all(element, '.experiment .pill').map(textOf)).to.deep.equal(
      Array.from({ length: 6 }, () => 'Not synced yet'),
    );
  });

  it('keeps markup in names and keys as text', async () => {
    const name = '<img src=x onerror="window.hacked = true"><b>x</b>';
    const owner = '<script>window.hacked = true</script>';
    const element = await mount({
      experiments: [experiment('x', { name, owner })],
      metrics,
      results: [],
    });
    expect(names(element)).to.deep.equal([name]);
    expect(all(element, 'img, script, b')).to.deep.equal([]);
    expect('hacked' in window).to.equal(false);
  });

  it('draws all of a thousand rows', async () => {
    const { experiments, results } = workspace();
    const many = Array.from({ length: 1000 }, (_, i) => {
      const row = experiments[i % experiments.length]!;
      return { ...row, id: `e-${i}`, key: `e-${i}` };
    });
    const sums = many.flatMap((row, i) => {
      const of = results.find(({ id }) => id === experiments[i % experiments.length]!.id);
      return of ? { ...of, id: row.id } : [];
    });
    const element = await mount({ experiments: many, metrics, results: sums });
    while (all(element, 'tbody tr').length < 1000) await settled(element);
    expect(names(element)).to.have.lengthOf(1000);
    await type(element, 'input[type=search]', 'e-999');
    expect(names(element)).to.have.lengthOf(1);
  });

  it('says the first thing to do while there are no experiments', async () => {
    const element = await mountOn(await offlineEngine({ ...workspace(), experiments: [] }));
    // Nothing is known of a server that was never reached.
    expect(find(element, 'bl-error-page').getAttribute('status')).to.equal('offline');
    const given = await mount({ experiments: [], metrics, results: [] });
    expect(find(given, 'bl-empty-state').getAttribute('heading')).to.equal('No experiments yet');
  });

  it('holds its place while the rows are on their way', async () => {
    const element = await mount();
    element.experiments = null;
    await settled(element);
    expect(find(element, 'bl-loading-skeleton')).to.exist;
  });

  it('speaks another language when told to, also while it is on the page', async () => {
    const element = await mount();
    const { newExperiment, status } = dashboardMessages;
    setMessages(dashboardMessages, { status: { ...status, running: 'Läuft' } });
    await settled(element);
    expect(cell(find(element, 'tbody tr'), 'status')).to.equal('Läuft');
    setMessages(dashboardMessages, { newExperiment, status });
    await settled(element);
  });

  it('is accessible in light and dark', async () => {
    const engine = await offlineEngine(workspace());
    await inBothSchemes(async () => expect(await mountOn(engine)).to.be.accessible());
  });
});
