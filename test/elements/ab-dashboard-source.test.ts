import { expect, fixture, html } from '@open-wc/testing';
import type { AbDashboard } from '../../src/elements/ab-dashboard/ab-dashboard.js';
import type { ExperimentList } from '../../src/elements/ab-dashboard/list/experiment-list.js';
import type { Experiment, Metric, Results } from '../../src/experiments/model.js';
import { memoryStorage, type SyncEngine } from '../../src/sync/index.js';
import { experiment, workspace } from './ab-dashboard.fixture.js';
import { formatRoute } from '../../src/elements/ab-dashboard/route.js';
import {
  all,
  find,
  go,
  mountOn,
  names,
  offlineEngine,
  settled,
  textOf,
  until,
} from './ab-dashboard.page.js';

const NOWHERE = '/no-server-here';
const own = (element: AbDashboard) => element.sync as SyncEngine;

describe('where the dashboard’s rows come from', () => {
  beforeEach(() => {
    location.hash = '';
  });

  it('is an engine of its own with `src`, as soon as it is on the page', async () => {
    const element = document.createElement('bl-ab-dashboard');
    element.src = NOWHERE;
    expect(element.sync).to.equal(null);
    document.body.append(element);
    const engine = own(element);
    expect(engine.getStatus().pending).to.equal(0);
    element.remove();
    await engine.destroy();
  });

  it('keeps that engine when it moves, and closes it when it goes', async () => {
    const element = await fixture<AbDashboard>(
      html`<bl-ab-dashboard src=${NOWHERE}></bl-ab-dashboard>`,
    );
    const engine = own(element);
    document.body.append(element);
    await settled(element);
    expect(element.sync).to.equal(engine);
    element.remove();
    await Promise.resolve();
    expect(element.sync).to.equal(null);
    const leads = async () => {
      const { held = [] } = await navigator.locks.query();
      return held.some(({ name }) => name?.includes('bytelyst-ab'));
    };
    await until(async () => !(await leads()), 'the engine lets its lock go');
    await engine.destroy();
  });

  it('says that a server does not answer where nothing is stored yet', async () => {
    const element = await fixture<AbDashboard>(
      html`<bl-ab-dashboard src=${NOWHERE}></bl-ab-dashboard>`,
    );
    const engine = own(element);
    await until(() => all(element, 'bl-error-page').length > 0, 'the error shows');
    expect(find(element, 'bl-error-page').getAttribute('heading')).to.equal(
      'The experiments could not be loaded',
    );
    element.remove();
    await engine.destroy();
  });

  it('is the app’s engine where that is set, and rows show as they come', async () => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine);
    expect(element.sync).to.equal(engine);
    const experiments = engine.collection<Experiment>('experiments');
    await experiments.create(experiment('brand-new', { name: 'Brand new' }));
    await settled(element);
    expect(names(element)).to.include('Brand new');
    await experiments.delete('brand-new');
    await settled(element);
    expect(names(element)).not.to.include('Brand new');
  });

  it('analyses again only what changed', async () => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine);
    const list = find<ExperimentList>(element, 'bl-experiment-list');
    const before = list.reports;
    await engine.collection<Experiment>('experiments').update('hero-copy', { owner: 'me' });
    await settled(element);
    const changed = list.reports.filter((report) => !before.includes(report));
    expect(changed.map(({ experiment }) => experiment.key)).to.deep.equal(['hero-copy']);
  });

  it('leaves out rows that are not whole, and shows the others', async () => {
    const rows = workspace();
    const broken: unknown[] = [
      { id: 'nothing' },
      { ...experiment('no-plan'), plan: null },
      { ...experiment('no-variants'), variants: 'two' },
      { ...experiment('alpha'), plan: { method: 'fixed', alpha: 7, power: 0.8, mde: 0.1 } },
      { ...experiment('weights'), variants: [{ key: 'a', name: 'A', weight: -1 }] },
    ];
    const sums = { ...rows.results[0]!, id: 'hero-copy', units: 'many' };
    const warn = console.warn;
    const warnings: string[] = [];
    console.warn = (text: string) => warnings.push(text);
    const element = await mountOn(
      await offlineEngine({
        experiments: [...rows.experiments, ...(broken as Experiment[])],
        metrics: [...rows.metrics, { id: 'odd' } as Metric],
        results: [sums as unknown as Results],
      }),
    );
    console.warn = warn;
    expect(names(element)).to.have.lengthOf(6);
    expect(warnings.join()).to.include('alpha, no-plan, no-variants, nothing, weights');
  });

  it('shows rows that are newer than the page, to be read only', async () => {
    const rows = workspace();
    const newer = [
      { ...experiment('n-status'), status: 'resting' },
      { ...experiment('n-kind'), kind: 'bandit-of-tomorrow' },
      { ...experiment('n-plan'), plan: { method: 'psychic', alpha: 0.05, power: 0.8, mde: 0.1 } },
      {
        ...experiment('n-metric'),
        metrics: { primary: 'mood', secondary: [], guardrails: [] },
      },
    ] as unknown as Experiment[];
    const mood = { ...rows.metrics[0]!, id: 'mood', key: 'mood', kind: 'mood' };
    const element = await mountOn(
      await offlineEngine({
        experiments: [...rows.experiments, ...newer],
        metrics: [...rows.metrics, mood as unknown as Metric],
        results: [...rows.results, { ...rows.results[0]!, id: 'n-plan' }],
      }),
    );
    const said = all(element, 'tbody tr').filter((row) =>
      textOf(row.querySelector('.decision')).includes('Newer than this page'),
    );
    const keys = newer.map(({ key }) => key);
    expect(said.map((row) => textOf(row.querySelector('.key'))).sort()).to.deep.equal(keys.sort());
    expect(said.map(textOf).join()).to.include('resting').and.not.to.include('undefined');

    for (const key of keys) {
      await go(element, formatRoute({ view: 'detail', key }));
      expect(textOf(find(element, '.sentence'))).to.equal('Newer than this page');
      expect(all(element, '.actions, .verdict button')).to.deep.equal([]);
      await go(element, formatRoute({ view: 'edit', key }));
      expect(all(element, 'form')).to.deep.equal([]);
    }
  });

  it('may be another tab: what it writes shows here', async () => {
    const storage = memoryStorage();
    const here = await offlineEngine(workspace(), storage);
    const element = await mountOn(here);
    const there = await offlineEngine(undefined, storage);
    await there.collection<Experiment>('experiments').update('hero-copy', { name: 'From there' });
    await until(() => names(element).includes('From there'), 'the other tab’s change shows');
  });

  it('is let go when the dashboard leaves the page', async () => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine);
    element.remove();
    await engine.collection<Experiment>('experiments').update('hero-copy', { name: 'Unseen' });
    await settled(element);
    expect(names(element)).not.to.include('Unseen');
    document.body.append(element);
    await settled(element);
    expect(names(element)).to.include('Unseen');
    element.remove();
  });
});
