import { expect } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { AbDashboard } from '../../src/elements/ab-dashboard/ab-dashboard.js';
import type { Experiment } from '../../src/experiments/model.js';
import { memoryStorage } from '../../src/sync/index.js';
import { workspace } from './ab-dashboard.fixture.js';
import {
  all,
  button,
  find,
  go,
  inBothSchemes,
  mountOn,
  names,
  offlineEngine,
  settled,
  textOf,
  type,
  until,
} from './ab-dashboard.page.js';

const submit = async (element: AbDashboard) => {
  find(element, 'button[type=submit]').click();
  await settled(element);
};
const valueOf = (element: AbDashboard, selector: string) =>
  find<HTMLInputElement>(element, selector).value;
const choose = async (element: AbDashboard, metric: string) => {
  const select = find<HTMLSelectElement>(element, '#primary');
  select.value = metric;
  select.dispatchEvent(new Event('change'));
  await settled(element);
};

describe('creating an experiment', () => {
  afterEach(() => {
    location.hash = '';
  });

  it('writes it to disk while offline, and then shows it', async () => {
    const storage = memoryStorage();
    const engine = await offlineEngine(workspace(), storage);
    const element = await mountOn(engine, '#/new');
    await type(element, '#name', 'Bigger button');
    expect(valueOf(element, '#key')).to.equal('bigger-button');
    await type(element, '#hypothesis', 'If it is bigger, more will press it.');
    await choose(element, 'purchase');
    await submit(element);
    await until(() => location.hash === '#/experiments/bigger-button', 'the detail opens');
    await settled(element);
    expect(textOf(find(element, 'h2'))).to.equal('Bigger button');

    const again = await offlineEngine(undefined, storage);
    const row = again.collection<Experiment>('experiments').get('bigger-button')!;
    expect(row).to.deep.include({
      name: 'Bigger button',
      status: 'draft',
      metrics: { primary: 'purchase', secondary: [], guardrails: [] },
    });
  });

  it('leaves whoever went elsewhere meanwhile where they are', async () => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine, '#/new');
    await type(element, '#name', 'Quick');
    await choose(element, 'purchase');
    find(element, 'button[type=submit]').click();
    await go(element, '#/experiments/hero-copy');
    await until(
      () => engine.collection<Experiment>('experiments').get('quick') !== undefined,
      'the row is stored',
    );
    await settled(element);
    expect(location.hash).to.equal('#/experiments/hero-copy');
  });

  it('says at each field what is wrong, and goes to the first', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new');
    await submit(element);
    await settled(element);
    const name = find(element, '#name');
    expect(name.getAttribute('aria-invalid')).to.equal('true');
    expect(textOf(find(element, '#name-note'))).to.equal('Give it a name.');
    expect(textOf(find(element, '#primary-note'))).to.equal('Choose the one metric that decides.');
    expect(find(element, 'bl-experiment-form').shadowRoot!.activeElement).to.equal(name);
    await type(element, '#name', 'Now it has one');
    expect(name.getAttribute('aria-invalid')).to.equal('false');
    expect(location.hash).to.equal('#/new');
  });

  it('does not tell anybody off before they are done', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new');
    await type(element, '#key', 'not a key');
    expect(find(element, '#key').getAttribute('aria-invalid')).to.equal('false');
  });

  it('suggests a free key, and leaves one alone that was typed', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new');
    await type(element, '#name', 'Hero copy');
    expect(valueOf(element, '#key')).to.equal('hero-copy-2');
    await type(element, '#key', 'mine');
    await type(element, '#name', 'Another name');
    expect(valueOf(element, '#key')).to.equal('mine');
  });

  it('refuses a key that exists', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new');
    await type(element, '#key', 'hero-copy');
    await submit(element);
    expect(textOf(find(element, '#key-note'))).to.equal(
      '“hero-copy” is taken. Choose another key.',
    );
  });

  it('adds and removes variants and makes their shares equal', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new');
    button(element, 'Add variant').click();
    await settled(element);
    expect(all<HTMLInputElement>(element, '.share').map(({ value }) => value)).to.deep.equal([
      '50',
      '50',
      '0',
    ]);
    button(element, 'Equal shares').click();
    await settled(element);
    expect(all<HTMLInputElement>(element, '.share').map(({ value }) => value)).to.deep.equal([
      '33.34',
      '33.33',
      '33.33',
    ]);
    find(element, 'button[aria-label="Remove Treatment"]').click();
    await settled(element);
    await submit(element);
    expect(textOf(find(element, '#variants-note'))).to.include('66.67');
  });

  it('gives a metric one role', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new');
    const box = (legend: number, name: string) => {
      const group = all(element, '.groups fieldset')[legend]!;
      const label = [...group.querySelectorAll('label')].find((one) => textOf(one) === name);
      return label!.querySelector('input')!;
    };
    box(0, 'Page load').click();
    await settled(element);
    box(1, 'Page load').click();
    await settled(element);
    expect(box(0, 'Page load').checked).to.equal(false);
    expect(box(1, 'Page load').checked).to.equal(true);
  });

  it('starts from a template', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new?template=revenue');
    expect(valueOf(element, '#primary')).to.equal('revenue');
    expect(valueOf(element, '#hypothesis')).to.include('spend more');
  });

  it('says why it could not be stored, and keeps every word', async () => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine, '#/new');
    await type(element, '#name', 'Bigger button');
    await choose(element, 'purchase');
    await engine.close();
    await submit(element);
    await until(() => all(element, '[role=alert]').length > 0, 'the reason shows');
    expect(textOf(find(element, '[role=alert]'))).to.match(/^That change could not be stored: ./);
    expect(valueOf(element, '#name')).to.equal('Bigger button');
  });

  it('is sent with Enter', async () => {
    const element = await mountOn(await offlineEngine(workspace()), '#/new');
    await type(element, '#name', 'By keyboard');
    await choose(element, 'purchase');
    find(element, '#name').focus();
    await sendKeys({ press: 'Enter' });
    await until(() => location.hash === '#/experiments/by-keyboard', 'the detail opens');
  });

  it('is accessible in light and dark, with problems shown', async () => {
    const engine = await offlineEngine(workspace());
    await inBothSchemes(async () => {
      const element = await mountOn(engine, '#/new');
      await expect(element).to.be.accessible();
      await submit(element);
      await expect(element).to.be.accessible();
      await go(element, '#/');
    });
  });
});

describe('editing an experiment', () => {
  afterEach(() => {
    location.hash = '';
  });

  const edit = async (key: string) => {
    const engine = await offlineEngine(workspace());
    const element = await mountOn(engine, `#/experiments/${key}/edit`);
    return { element, experiments: engine.collection<Experiment>('experiments') };
  };

  it('changes only what was edited', async () => {
    const { element, experiments } = await edit('hero-copy');
    await type(element, '#name', 'Hero copy: shorter');
    await experiments.update('hero-copy', { owner: 'somebody else' });
    await settled(element);
    await submit(element);
    await until(() => location.hash === '#/experiments/hero-copy', 'the detail opens');
    expect(experiments.get('hero-copy')).to.include({
      name: 'Hero copy: shorter',
      owner: 'somebody else',
    });
    await settled(element);
    await go(element, '#/');
    expect(names(element)).to.include('Hero copy: shorter');
  });

  it('keeps what was typed when the row changes meanwhile, and says so where both changed', async () => {
    const { element, experiments } = await edit('hero-copy');
    await type(element, '#name', 'Mine');
    await experiments.update('hero-copy', { name: 'Theirs', owner: 'them' });
    await settled(element);
    expect(valueOf(element, '#name')).to.equal('Mine');
    expect(valueOf(element, '#owner')).to.equal('them');
    expect(textOf(find(element, '.notice p'))).to.include('Somebody else changed the name');
    button(element, 'Use theirs').click();
    await settled(element);
    expect(valueOf(element, '#name')).to.equal('Theirs');
    expect(all(element, '.notice')).to.deep.equal([]);
  });

  it('leaves key, variants, primary metric and method alone once units are assigned', async () => {
    const { element } = await edit('hero-copy');
    expect(find<HTMLInputElement>(element, '#key').disabled).to.equal(true);
    expect(find<HTMLSelectElement>(element, '#primary').disabled).to.equal(true);
    expect(find(element, '.share').matches(':disabled')).to.equal(true);
    expect(textOf(find(element, '#variants-note'))).to.include('already assigned');
  });

  it('changes everything but the key of a draft', async () => {
    const { element } = await edit('search-v3');
    expect(find<HTMLInputElement>(element, '#key').disabled).to.equal(true);
    expect(find(element, '.share').matches(':disabled')).to.equal(false);
  });
});
