import { expect } from 'chai';
import { SyncError, type Row, type SyncEngine } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

interface Task extends Row {
  title: string;
  project: string;
}

const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');
const ids = (engine: SyncEngine) =>
  tasks(engine)
    .query()
    .get()
    .map(({ id }) => id);

describe('scopes', () => {
  let world: World;
  let device: Device;
  beforeEach(() => {
    world = new World();
    device = world.device();
  });
  afterEach(() => world.end());

  const open = async (scope: Record<string, string>[] = [{ project: 'p1' }], on = device) => {
    const engine = world.tab({ device: on, entities: { tasks: { scope } } });
    await engine.ready;
    await world.settle();
    return engine;
  };
  const write = (key: string, project: string) =>
    world.server.write('tasks', key, { title: key, project });

  it('keep a part of a collection, those of the configuration and those that are added', async () => {
    write('a', 'p1');
    write('b', 'p2');
    write('c', 'p3');
    const engine = await open();
    expect(ids(engine)).to.deep.equal(['a']);
    await engine.scopes.add('tasks', { project: 'p2' });
    await engine.pull();
    expect(ids(engine)).to.deep.equal(['a', 'b']);
    expect(engine.scopes.list('tasks')).to.deep.equal([{ project: 'p2' }]);
    write('d', 'p2');
    write('e', 'p3');
    await world.settle();
    expect(ids(engine)).to.deep.equal(['a', 'b', 'd']);
  });

  it('are pulled alone from the start, then together with the others', async () => {
    write('a', 'p1');
    const engine = await open();
    write('b', 'p2');
    await world.settle();
    const asked: [scopes: string, begins: boolean][] = [];
    const { fetch } = device.network;
    device.network.fetch = (input, init) => {
      const { searchParams } = new URL(input, 'http://x');
      if (input.includes('/pull'))
        asked.push([searchParams.get('scopes')!, !searchParams.has('cursor')]);
      return fetch(input, init);
    };
    await engine.scopes.add('tasks', { project: 'p2' });
    await engine.pull();
    expect(asked).to.deep.include(['{"tasks":[{"project":"p2"}]}', true]);
    asked.length = 0;
    await engine.pull();
    expect(asked).to.deep.equal([['{"tasks":[{"project":"p1"},{"project":"p2"}]}', false]]);
  });

  it('stay over a reload, and are the same in another tab', async () => {
    write('b', 'p2');
    const engine = await open();
    const other = await open();
    await other.scopes.add('tasks', { project: 'p2' });
    await world.settle();
    expect(ids(engine)).to.deep.equal(['b']);
    expect(ids(other)).to.deep.equal(['b']);
    await engine.close();
    await other.close();
    const again = await open();
    expect(again.scopes.list('tasks')).to.deep.equal([{ project: 'p2' }]);
    expect(ids(again)).to.deep.equal(['b']);
  });

  it('forget when dropped what no other holds, delete nothing, and leave what is pending', async () => {
    write('a', 'p1');
    write('b', 'p2');
    write('c', 'p2');
    const engine = await open();
    await engine.scopes.add('tasks', { project: 'p2' });
    await engine.pull();
    device.online = false;
    await tasks(engine).update('c', { title: 'Changed' });
    await engine.scopes.drop('tasks', { project: 'p2' });
    expect(ids(engine)).to.deep.equal(['a', 'c']);
    device.online = true;
    await world.pass(5_000);
    expect(world.server.row('tasks', 'c')).to.deep.equal({ title: 'Changed', project: 'p2' });
    expect(ids(engine)).to.deep.equal(['a']);
    expect(world.server.row('tasks', 'b')).to.deep.equal({ title: 'b', project: 'p2' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('follow a row that moves between them', async () => {
    write('a', 'p1');
    const engine = await open([{ project: 'p1' }, { project: 'p2' }]);
    for (const [project, seen] of [
      ['p2', 1],
      ['p3', 0],
      ['p1', 1],
    ] as const) {
      write('a', project);
      await world.settle();
      expect(ids(engine), project).to.have.length(seen);
    }
  });

  it('let go of one’s own row outside of them once the server has it', async () => {
    const engine = await open();
    device.online = false;
    await tasks(engine).create({ id: 'mine', title: 'Mine', project: 'p9' });
    expect(ids(engine)).to.deep.equal(['mine']);
    device.online = true;
    await world.pass(5_000);
    expect(world.server.row('tasks', 'mine')).to.include({ project: 'p9' });
    expect(ids(engine)).to.deep.equal([]);
  });

  it('take an edit of a row that somebody has moved out meanwhile', async () => {
    write('a', 'p1');
    const engine = await open();
    device.online = false;
    await tasks(engine).update('a', { title: 'Edited' });
    write('a', 'p2');
    device.online = true;
    await world.pass(10_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Edited', project: 'p2' });
    expect(ids(engine)).to.deep.equal([]);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  it('let go of a row that left while the answer to a change of it was on its way', async () => {
    write('a', 'p1');
    const engine = await open();
    const { fetch } = device.network;
    let answered = () => {};
    device.network.fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (input.includes('/push')) await new Promise<void>((done) => (answered = done));
      return response;
    };
    await tasks(engine).update('a', { project: 'p2' });
    const pulls = () => world.server.requests.filter((request) => request.endsWith('/pull')).length;
    const before = pulls();
    while (pulls() === before) await new Promise((done) => setTimeout(done, 1));
    await new Promise((done) => setTimeout(done, 50));
    answered();
    await world.settle();
    expect(ids(engine)).to.deep.equal([]);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  describe('a row that somebody moved out while something of ours is pending on it', () => {
    interface Noted extends Task {
      note?: string;
    }
    const MOVED = { title: 'a', project: 'p2', note: 'An hour of work' };

    const begin = async (conflictStrategy: 'manual' | 'merge') => {
      const engine = world.tab({
        device,
        entities: { tasks: { scope: { project: 'p1' }, conflictStrategy } },
      });
      await engine.ready;
      await world.settle();
      return engine;
    };
    const at = (conflictStrategy: 'manual' | 'merge') => {
      write('a', 'p1');
      return begin(conflictStrategy);
    };
    const parked = async () => {
      const engine = await at('manual');
      device.online = false;
      await tasks(engine).update('a', { title: 'Mine' });
      world.server.write('tasks', 'a', { title: 'Theirs', project: 'p1' });
      device.online = true;
      await world.pass(5_000);
      expect(engine.conflicts()).to.have.length(1);
      world.server.write('tasks', 'a', MOVED);
      await world.pass(5_000);
      return engine;
    };

    it('is not overwritten by a decision that knew nothing of it: it is asked about again', async () => {
      const engine = await parked();
      await engine.resolve(engine.conflicts()[0]!.id, 'local');
      await world.pass(5_000);
      expect(world.server.row('tasks', 'a')).to.deep.equal(MOVED);
      const [conflict] = engine.conflicts();
      expect(conflict).to.deep.include({ remote: { id: 'a', ...MOVED } });
      expect(Object.keys(conflict!.fields)).to.deep.equal(['title']);
      await engine.resolve(conflict!.id, 'local');
      await world.pass(5_000);
      expect(world.server.row('tasks', 'a')).to.deep.equal({ ...MOVED, title: 'Mine' });
      expect(ids(engine)).to.deep.equal([]);
    });

    it('goes when the conflict is decided for the other side', async () => {
      const engine = await parked();
      await engine.resolve(engine.conflicts()[0]!.id, 'remote');
      expect(ids(engine)).to.deep.equal([]);
      await world.pass(5_000);
      expect(world.server.row('tasks', 'a')).to.deep.equal(MOVED);
    });

    it('goes after a reload, too, and comes back with the scope that it went to', async () => {
      const before = await parked();
      // More than a log may hold: the pages are written.
      await tasks(before).createMany(
        Array.from({ length: 2_100 }, (_, i) => ({ title: String(i), project: 'p9' })),
      );
      await world.pass(10_000);
      await before.close();
      const engine = await begin('manual');
      const count = ids(engine).length;
      await engine.resolve(engine.conflicts()[0]!.id, 'remote');
      expect(ids(engine)).to.have.length(count - 1);
      await engine.scopes.add('tasks', { project: 'p2' });
      await world.pass(5_000);
      expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', ...MOVED });
    });

    const letter = async () => {
      const engine = await at('merge');
      world.server.refuse = ({ patch }) => patch?.['title'] === 'Mine';
      await tasks(engine).update('a', { title: 'Mine' });
      await world.settle();
      world.server.write('tasks', 'a', MOVED);
      await world.pass(5_000);
      world.server.refuse = () => false;
      return engine;
    };

    it('leaves a dead letter what it was, and sending that again overwrites nothing', async () => {
      const engine = await letter();
      const [failed] = engine.failed();
      expect(failed!.problem).to.include({ code: 'invalid', detail: 'The title is missing.' });
      await engine.reprocessFailed(failed!.id);
      await world.pass(5_000);
      expect(world.server.row('tasks', 'a')).to.deep.equal({ ...MOVED, title: 'Mine' });
      expect(engine.failed()).to.deep.equal([]);
      expect(ids(engine)).to.deep.equal([]);
    });

    it('goes with the letter', async () => {
      const engine = await letter();
      await engine.discard(engine.failed()[0]!.id);
      expect(ids(engine)).to.deep.equal([]);
    });

    it('is not said to be deleted where a change of it in flight is refused', async () => {
      const engine = await at('merge');
      world.server.refuse = ({ patch }) => patch?.['title'] === 'Mine';
      const letGo = world.holdPushes();
      await tasks(engine).update('a', { title: 'Mine' });
      await world.settle();
      world.server.write('tasks', 'a', MOVED);
      await world.settle();
      letGo();
      await world.pass(5_000);
      expect(engine.failed().map(({ problem }) => problem.detail)).to.deep.equal([
        'The title is missing.',
      ]);
    });

    it('keeps a deletion that lost: sent again it says what the row is now', async () => {
      const engine = await at('merge');
      device.online = false;
      await tasks(engine).delete('a');
      world.server.write('tasks', 'a', { title: 'Theirs', project: 'p1' });
      device.online = true;
      await world.pass(5_000);
      world.server.write('tasks', 'a', MOVED);
      await world.pass(5_000);
      await engine.reprocessFailed(engine.failed()[0]!.id);
      await world.pass(5_000);
      expect(world.server.row('tasks', 'a')).to.deep.equal(MOVED);
      expect(engine.collection<Noted>('tasks').get('a')).to.include({ note: MOVED.note });
      await engine.reprocessFailed(engine.failed()[0]!.id);
      await world.pass(5_000);
      expect(world.server.row('tasks', 'a')).to.equal(null);
      expect(engine.failed()).to.deep.equal([]);
    });
  });

  it('let go of what stayed in a dropped one for a letter, once that is given up', async () => {
    write('a', 'p1');
    write('b', 'p2');
    world.server.refuse = ({ patch }) => patch !== undefined;
    const engine = await open();
    await engine.scopes.add('tasks', { project: 'p2' });
    await world.settle();
    await tasks(engine).update('b', { title: 'Mine' });
    await world.settle();
    await engine.scopes.drop('tasks', { project: 'p2' });
    await engine.discard(engine.failed()[0]!.id);
    await engine.pull();
    expect(ids(engine)).to.deep.equal(['a']);
  });

  it('let go of what stayed in the last one for an unsent write, once it is sent or given up', async () => {
    for (const end of ['sent', 'given up']) {
      write('b', 'p2');
      const engine = await open([], world.device());
      await engine.scopes.add('tasks', { project: 'p2' });
      await world.settle();
      engine.setOnline(false);
      await tasks(engine).update('b', { title: end });
      await engine.scopes.drop('tasks', { project: 'p2' });
      if (end === 'given up') await engine.clearQueue();
      engine.setOnline(true);
      await world.pass(5_000);
      await engine.pull();
      expect(ids(engine), end).to.deep.equal([]);
    }
  });

  it('may change in the configuration, to a part and back to the whole', async () => {
    write('a', 'p1');
    write('b', 'p2');
    const whole = world.tab({ device, entities: { tasks: {} } });
    await whole.ready;
    await world.settle();
    expect(ids(whole)).to.deep.equal(['a', 'b']);
    await whole.close();
    const part = await open();
    expect(ids(part)).to.deep.equal(['a']);
    await part.close();
    const again = world.tab({ device, entities: { tasks: {} } });
    await again.ready;
    await world.settle();
    expect(ids(again)).to.deep.equal(['a', 'b']);
  });

  it('refuse what is no scope, and collections that are kept whole', async () => {
    const engine = world.tab({ device, entities: { tasks: { scope: [] }, notes: {} } });
    await engine.ready;
    const codes = await Promise.all(
      [
        engine.scopes.add('tasks', {}),
        engine.scopes.add('tasks', { id: 'a' }),
        engine.scopes.add('tasks', { project: 'x'.repeat(200) }),
        engine.scopes.add('notes', { project: 'p1' }),
      ].map((added) => added.catch((error: unknown) => error instanceof SyncError && error.code)),
    );
    expect(codes).to.deep.equal(['invalid', 'invalid', 'invalid', 'unknown-collection']);
    expect(engine.getStatus()).to.include({ status: 'idle' });
  });
});
