import { expect } from 'chai';
import { World } from './world/world.js';

describe('what the engine tells about itself', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  it('reaches listeners until they leave, telemetry, and the trace, without contents', async () => {
    const tracked: [string, unknown][] = [];
    const tab = world.tab({
      telemetryClient: { track: (event, detail) => tracked.push([event, detail]) },
    });
    const pushes: unknown[] = [];
    const stop = tab.on('push', (detail) => pushes.push(detail));
    await tab.ready;
    await tab.collection('tasks').create({ id: 'a', title: 'secret' });
    await world.settle();
    stop();
    await tab.collection('tasks').create({ id: 'b', title: 'secret' });
    await world.settle();

    expect(pushes).to.deep.equal([{ pushed: 1, conflicts: 0, rejected: 0, ms: 0 }]);
    expect(tracked.map(([event]) => event)).to.include.members(['sync.leader', 'sync.push']);
    const events = tab.trace().map(({ event }) => event);
    expect(events).to.include.members(['leader', 'commit', 'push']);
    expect(JSON.stringify([tracked, tab.trace()])).not.to.include('secret');
  });

  it('names dead letters and parked conflicts in every tab', async () => {
    const device = world.device();
    const tabs = [1, 2].map(() =>
      world.tab({ device, entities: { tasks: { conflictStrategy: 'manual' } } }),
    );
    const told: string[] = [];
    for (const [i, tab] of tabs.entries()) {
      tab.on('dead-letter', ({ key, code }) => told.push(`${i} ${key} ${code}`));
      tab.on('conflict', ({ key }) => told.push(`${i} ${key}`));
    }
    await Promise.all(tabs.map((tab) => tab.ready));
    const tasks = tabs[0]!.collection('tasks');
    world.server.refuse = ({ key }) => key === 'bad';
    await tasks.create({ id: 'bad' });
    await tasks.create({ id: 'a', title: 'one' });
    await world.settle();
    device.online = false;
    await tasks.update('a', { title: 'mine' });
    world.server.write('tasks', 'a', { title: 'theirs' });
    device.online = true;
    await world.settle();
    expect(told.sort()).to.deep.equal(['0 a', '0 bad invalid', '1 a', '1 bad invalid']);
  });

  it('lets go of a listener, and of who waits, when they are told to', async () => {
    const device = world.device();
    const tab = world.tab({ device });
    await tab.ready;
    const controller = new AbortController();
    let told = 0;
    tab.on('push', () => told++, { signal: controller.signal });
    controller.abort();
    const result = await tab.flush({ signal: controller.signal });
    expect(result).to.deep.include({ success: false });
    expect(result.errors.map(({ code }) => code)).to.deep.equal(['aborted']);
    await tab.collection('tasks').create({ id: 'a' });
    await world.pass(60_000);
    expect(told).to.equal(0);
  });

  it('tells how far a long pull has come, in every tab', async () => {
    for (let i = 0; i < 20; i++) world.server.write('tasks', `t${i}`, { title: `${i}` });
    world.server.pullLimit = 5;
    const device = world.device();
    const tabs = [world.tab({ device }), world.tab({ device })];
    const seen = tabs.map(() => new Set<number | undefined>());
    tabs.forEach((tab, i) => tab.onStatusChange(({ progress }) => seen[i]!.add(progress)));
    await world.settle();
    for (const shares of seen) expect([...shares]).to.include.members([0.25, 0.5, 0.75, undefined]);
    for (const tab of tabs) expect(tab.getStatus()).not.to.have.property('progress');
  });

  it('keeps the last few hundred events', async () => {
    const tab = world.tab();
    await tab.ready;
    for (let i = 0; i < 600; i++) await tab.collection('tasks').create({ id: `t${i}` });
    expect(tab.trace()).to.have.length(500);
  });

  it('goes on when a listener throws', async () => {
    const tab = world.tab();
    await tab.ready;
    const errors: string[] = [];
    const { error } = console;
    const { onerror } = globalThis;
    globalThis.onerror = (_event, _source, _line, _column, thrown) => {
      errors.push(String(thrown));
      return true;
    };
    console.error = (...said: unknown[]) => void errors.push(said.map(String).join(' '));
    tab.on('push', () => {
      throw new Error('a listener’s own');
    });
    await tab.collection('tasks').create({ id: 'a' });
    await world.settle();
    console.error = error;
    globalThis.onerror = onerror;
    expect(tab.getStatus().pending).to.equal(0);
    expect(errors.join()).to.include('a listener’s own');
  });

  it('are the same for everybody: what a listener does to one reaches nobody else', async () => {
    const world = new World();
    const tab = world.tab();
    const thrown: unknown[] = [];
    tab.on('push', (detail) => {
      try {
        detail.pushed = 99;
      } catch (error) {
        thrown.push(error);
      }
    });
    const told: number[] = [];
    tab.on('push', ({ pushed }) => told.push(pushed));
    await tab.collection('tasks').create({});
    await world.settle();
    expect(told).to.deep.equal([1]);
    expect(thrown).to.have.length(1);
    const traced = tab.trace().filter(({ event }) => event === 'push');
    expect(traced.map(({ detail }) => detail)).to.deep.include.members([{ ...traced[0]!.detail }]);
    expect(traced[0]!.detail).to.include({ pushed: 1 });
    await world.end();
  });

  it('of one user’s rows are not told to the next', async () => {
    const world = new World();
    world.server.refuse = () => true;
    const tab = world.tab({ user: 'ann' });
    tab
      .collection('tasks')
      .create({ id: 'anns' })
      .synced.catch(() => {});
    await world.settle();
    expect(JSON.stringify(tab.trace())).to.contain('anns');
    const moved = tab.setUser('bob');
    await world.settle();
    await moved;
    expect(JSON.stringify(tab.trace())).to.not.contain('anns');
    expect(tab.trace().map(({ event }) => event)).to.include('push');
    await world.end();
  });

  it('go on where telemetry fails later', async () => {
    const world = new World();
    const tab = world.tab({
      telemetryClient: { track: () => Promise.reject(new Error('The beacon is blocked.')) },
    });
    const write = tab.collection('tasks').create({});
    await world.settle();
    await write.synced;
    // A rejection that nobody handles fails the page's test.
    await new Promise((done) => setTimeout(done, 10));
    await world.end();
  });
});
