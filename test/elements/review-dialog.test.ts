import { expect } from '@open-wc/testing';
import { openReview } from '../../demo/review-dialog.js';
import type { Row, SyncEngine } from '../../src/sync/index.js';
import { World } from '../sync/world/world.js';
import { expectAccessible } from './accessible.js';

type Task = Row & { title: string; note: string };

const dialog = () => document.querySelector<HTMLDialogElement>('dialog.review')!;
const text = () => dialog().innerText.replace(/\s+/g, ' ');
const settled = () => dialog().querySelector('bl-empty-state[heading="All settled"]') !== null;
const press = (words: string) => {
  const buttons = [...dialog().querySelectorAll('button')];
  buttons.find((button) => button.textContent?.trim() === words)!.click();
};

describe('the demo’s review of what waits for a person', () => {
  let world: World;
  // The page's own sheet: what is looked at is what the demo shows.
  const sheet = document.createElement('link');
  before(async () => {
    sheet.rel = 'stylesheet';
    sheet.href = new URL('../../demo/shell.css', import.meta.url).href;
    const loaded = new Promise((resolve, reject) => {
      sheet.onload = resolve;
      sheet.onerror = reject;
    });
    document.head.append(sheet);
    await loaded;
  });
  after(() => sheet.remove());

  beforeEach(() => {
    world = new World();
  });
  afterEach(async () => {
    dialog()?.close();
    dialog()?.remove();
    await world.end();
  });

  /** A device and the server that changed the same row while they could not talk. */
  const diverge = async (mine: Partial<Task>, theirs: object | null): Promise<SyncEngine> => {
    world.server.write('tasks', 'a', { title: 'Start', note: 'Start' });
    const device = world.device();
    const engine = world.tab({ device, entities: { tasks: { conflictStrategy: 'manual' } } });
    await engine.ready;
    await world.settle();
    device.online = false;
    await engine.collection<Task>('tasks').update('a', mine);
    world.server.write('tasks', 'a', theirs as Record<string, string> | null);
    device.online = true;
    await world.settle();
    await world.pass(2_000);
    return engine;
  };

  it('shows both versions of a conflict, and keeps mine', async () => {
    const engine = await diverge({ title: 'Mine' }, { title: 'Theirs', note: 'Start' });
    openReview(engine);
    expect(text())
      .to.match(/title Mine Theirs/)
      .and.not.match(/note/);
    await expectAccessible(dialog());
    press('Keep mine');
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.include({ title: 'Mine', note: 'Start' });
    expect(dialog().querySelector('[role=status]')?.textContent).to.equal('Yours is kept.');
    expect(settled()).to.equal(true);
  });

  it('takes theirs', async () => {
    const engine = await diverge({ title: 'Mine' }, { title: 'Theirs', note: 'Start' });
    openReview(engine);
    press('Take theirs');
    await world.settle();
    expect(engine.collection<Task>('tasks').get('a')?.title).to.equal('Theirs');
    expect(world.server.row('tasks', 'a')).to.include({ title: 'Theirs' });
    expect(settled()).to.equal(true);
    await expectAccessible(dialog());
  });

  it('follows the engine while it is open', async () => {
    const engine = await diverge({ title: 'Mine' }, { title: 'Theirs', note: 'Start' });
    openReview(engine);
    const { id, local } = engine.conflicts()[0]!;
    await engine.resolve(id, local);
    await world.settle();
    expect(settled()).to.equal(true);
  });

  it('says so when this device cannot keep the decision, and keeps the conflict', async () => {
    const engine = await diverge({ title: 'Mine' }, { title: 'Theirs', note: 'Start' });
    openReview(engine);
    await engine.close();
    press('Take theirs');
    await world.settle();
    expect(dialog().querySelector('[role=alert]')?.textContent).to.not.equal('');
    expect(text()).to.contain('Conflict over a');
  });
});
