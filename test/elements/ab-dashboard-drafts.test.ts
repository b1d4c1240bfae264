import { expect } from '@open-wc/testing';
import type { AbDashboard } from '../../src/elements/ab-dashboard/ab-dashboard.js';
import type { Experiment } from '../../src/experiments/model.js';
import type { SyncEngine } from '../../src/sync/index.js';
import { workspace } from './ab-dashboard.fixture.js';
import {
  all,
  button,
  find,
  go,
  mountOn,
  offlineEngine,
  settled,
  textOf,
  type,
  until,
} from './ab-dashboard.page.js';

const EDIT = '#/experiments/hero-copy/edit';

const valueOf = (element: AbDashboard, selector: string) =>
  find<HTMLInputElement>(element, selector).value;

const back = async (element: AbDashboard) => {
  const arrived = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
  history.back();
  await arrived;
  await settled(element);
};

const press = async (element: AbDashboard, words: string, hash: string) => {
  button(element, words).click();
  await until(() => location.hash === hash, `“${words}” leads to ${hash}`);
  await settled(element);
};

describe('a form that is left', () => {
  let engine: SyncEngine;
  beforeEach(async () => {
    engine = await offlineEngine(workspace());
  });
  afterEach(() => {
    location.hash = '';
  });

  it('has what was typed when one comes back to it', async () => {
    const element = await mountOn(engine, '#/new');
    await type(element, '#name', 'Bigger button');
    await type(element, '#hypothesis', 'If it is bigger, more will press it.');
    await go(element, '#/experiments/hero-copy');
    await back(element);
    expect(valueOf(element, '#name')).to.equal('Bigger button');
    expect(valueOf(element, '#hypothesis')).to.equal('If it is bigger, more will press it.');
    await type(element, '#name', 'Biggest button');
    expect(valueOf(element, '#key')).to.equal('biggest-button', 'the key still follows the name');
  });

  it('keeps one text for each address', async () => {
    const element = await mountOn(engine, '#/new');
    await type(element, '#name', 'Without a template');
    await go(element, '#/new?template=aa');
    await type(element, '#owner', 'platform');
    await go(element, EDIT);
    expect(valueOf(element, '#name')).to.not.equal('Without a template');
    await type(element, '#owner', 'brand');
    await go(element, '#/new');
    expect(valueOf(element, '#name')).to.equal('Without a template');
    expect(valueOf(element, '#owner')).to.equal('');
    await go(element, '#/new?template=aa');
    expect(valueOf(element, '#owner')).to.equal('platform');
    await go(element, EDIT);
    expect(valueOf(element, '#owner')).to.equal('brand');
  });

  it('begins afresh once it was cancelled', async () => {
    const element = await mountOn(engine, EDIT);
    const stored = valueOf(element, '#name');
    await type(element, '#name', 'Not this');
    await press(element, 'Cancel', '#/experiments/hero-copy');
    await go(element, EDIT);
    expect(valueOf(element, '#name')).to.equal(stored);
  });

  it('begins afresh once it was saved', async () => {
    const element = await mountOn(engine, EDIT);
    await type(element, '#name', 'Bold copy');
    await press(element, 'Save changes', '#/experiments/hero-copy');
    await engine.collection<Experiment>('experiments').update('hero-copy', { name: 'Bolder copy' });
    await go(element, EDIT);
    expect(valueOf(element, '#name')).to.equal('Bolder copy');
    expect(all(element, '.notice')).to.be.empty;
  });

  it('takes over what changed meanwhile, and tells where both did', async () => {
    const element = await mountOn(engine, EDIT);
    await type(element, '#name', 'Mine');
    await go(element, '#/');
    await engine
      .collection<Experiment>('experiments')
      .update('hero-copy', { name: 'Theirs', owner: 'them' });
    await go(element, EDIT);
    expect(valueOf(element, '#name')).to.equal('Mine');
    expect(valueOf(element, '#owner')).to.equal('them');
    expect(textOf(find(element, '.notice'))).to.contain('the name');
  });
});
