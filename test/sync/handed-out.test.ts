import { expect } from 'chai';
import { problem } from '../../src/protocol/index.js';
import type { SyncEngine } from '../../src/sync/index.js';
import { World } from './world/world.js';

/** What an app does to what it was handed must never reach the database or the server. */
describe('what the engine hands out', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  /** Whether anything within it could be changed. */
  const open = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    (!Object.isFrozen(value) || Object.values(value).some(open));

  const offline = async () => {
    const device = world.device();
    const entities = { tasks: { conflictStrategy: 'manual' } } as const;
    const tab: SyncEngine = world.tab({ device, entities });
    await tab.ready;
    await world.settle();
    return { device, tab, tasks: tab.collection<{ id: string; t: string; u?: object }>('tasks') };
  };

  it('of exportPending() can’t be changed, and what is sent is what was written', async () => {
    const { device, tab, tasks } = await offline();
    device.online = false;
    await tasks.create({ id: 'a', t: 'Mine', u: { secret: 1 } });
    const [mutation] = tab.exportPending();
    expect(open(mutation)).to.equal(false);
    expect(() => Object.assign(mutation!.value!, { t: 'Redacted' })).to.throw(TypeError);
    device.online = true;
    await world.pass(2_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ t: 'Mine', u: { secret: 1 } });
  });

  it('of failed() can’t be changed', async () => {
    const { tab, tasks } = await offline();
    world.server.refuse = () => true;
    tasks.create({ id: 'a', t: 'Wrong', u: { v: 1 } }).synced.catch(() => {});
    await world.pass(2_000);
    const [letter] = tab.failed();
    expect(letter).to.deep.include({ data: { id: 'a', t: 'Wrong', u: { v: 1 } } });
    expect(letter!.problem.code).to.equal(problem('invalid').code);
    expect(open(letter)).to.equal(false);
  });

  it('of conflicts() can’t be changed, and the server’s row stays the server’s', async () => {
    world.server.write('tasks', 'c', { t: '0', u: { v: 1 } });
    const { device, tab, tasks } = await offline();
    device.online = false;
    await tasks.update('c', { t: 'mine' });
    world.server.write('tasks', 'c', { t: 'theirs', u: { v: 2 } });
    device.online = true;
    await world.pass(70_000);
    const [conflict] = tab.conflicts();
    expect(conflict).to.deep.include({ remote: { id: 'c', t: 'theirs', u: { v: 2 } } });
    expect(open(conflict)).to.equal(false);
  });
});
