import { expect } from 'chai';
import type { ConflictStrategy, Row, SyncEngine, SyncEngineConfig } from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
  note?: string;
}

describe('conflicts', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

  /** A device that knows a row, goes offline and changes it, while the server's row changes too. */
  const diverge = async (
    mine: Partial<Task> | null,
    theirs: { title: string; note: string } | null,
    config: Partial<SyncEngineConfig> & { strategy?: ConflictStrategy } = {},
  ) => {
    world.server.write('tasks', 'a', { title: 'Start', note: 'Start' });
    const { strategy = 'merge', ...rest } = config;
    const device = world.device();
    const entities = { tasks: { conflictStrategy: strategy } };
    const engine = world.tab({ device, entities, ...rest });
    await engine.ready;
    await world.settle();
    device.online = false;
    if (mine) await tasks(engine).update('a', mine);
    else await tasks(engine).delete('a');
    world.server.write('tasks', 'a', theirs);
    device.online = true;
    await world.settle();
    await world.pass(2_000);
    return engine;
  };

  it('merges what changed on one side only', async () => {
    const engine = await diverge({ title: 'Mine' }, { title: 'Start', note: 'Theirs' });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Mine', note: 'Theirs' });
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'Mine', note: 'Theirs' });
    expect(engine.getStatus()).to.include({ lastError: null, pending: 0, conflicts: 0, failed: 0 });
  });

  it('gives an overlapping member to the later writer by default', async () => {
    await diverge({ title: 'Mine' }, { title: 'Theirs', note: 'Theirs' });
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Mine', note: 'Theirs' });
  });

  it('leaves an overlapping member to the server with `server-wins`', async () => {
    const engine = await diverge(
      { title: 'Mine' },
      { title: 'Theirs', note: 'Start' },
      { strategy: 'server-wins' },
    );
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Theirs', note: 'Start' });
    expect(tasks(engine).get('a')?.title).to.equal('Theirs');
    expect(engine.getStatus().pending).to.equal(0);
  });

  it('asks a function, with base, local and remote', async () => {
    let seen: unknown;
    const strategy: ConflictStrategy = (conflict) => {
      seen = conflict;
      return { ...conflict.remote, title: 'Both' } as Row;
    };
    await diverge({ title: 'Mine' }, { title: 'Theirs', note: 'Start' }, { strategy });
    expect(seen).to.deep.include({
      base: { id: 'a', title: 'Start', note: 'Start' },
      local: { id: 'a', title: 'Mine', note: 'Start' },
      remote: { id: 'a', title: 'Theirs', note: 'Start' },
    });
    expect(world.server.row('tasks', 'a')).to.include({ title: 'Both' });
  });

  it('parks a `manual` conflict until a person resolves it; only that row waits', async () => {
    const engine = await diverge(
      { title: 'Mine' },
      { title: 'Theirs', note: 'Start' },
      { strategy: 'manual' },
    );
    expect(engine.getStatus()).to.include({ conflicts: 1, pending: 0 });
    await tasks(engine).create({ id: 'b', title: 'Not held back' });
    await world.settle();
    expect(world.server.row('tasks', 'b')).to.include({ title: 'Not held back' });

    const [conflict] = engine.conflicts();
    expect(conflict!.local).to.include({ title: 'Mine' });
    expect(conflict!.remote).to.include({ title: 'Theirs' });
    await engine.resolve(conflict!.id, { ...conflict!.remote!, title: 'Agreed' } as Row);
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.include({ title: 'Agreed' });
    expect(engine.getStatus()).to.include({ conflicts: 0, pending: 0 });
  });

  it('keeps an edit of a row that somebody deleted as a dead letter; the row stays deleted', async () => {
    const engine = await diverge({ title: 'Mine' }, null);
    expect(world.server.row('tasks', 'a')).to.equal(null);
    expect(tasks(engine).get('a')).to.equal(undefined);
    expect(engine.failed()[0]).to.deep.include({ key: 'a', data: { title: 'Mine' } });
  });

  it('keeps a row that somebody edited before it was deleted here, and says so', async () => {
    const engine = await diverge(null, { title: 'Theirs', note: 'Precious' });
    expect(world.server.row('tasks', 'a')).to.include({ note: 'Precious' });
    expect(tasks(engine).get('a')).to.include({ note: 'Precious' });
    expect(engine.failed()[0]).to.include({ key: 'a', operation: 'delete' });
    await tasks(engine).delete('a');
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.equal(null);
  });

  it('never overwrites another row that was made under the same id: ours is a dead letter', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    await tasks(engine).create({ id: 'twin', title: 'Mine' });
    world.server.write('tasks', 'twin', { title: 'Theirs', note: 'Running' });
    device.online = true;
    await world.pass(2_000);
    expect(world.server.row('tasks', 'twin')).to.deep.equal({ title: 'Theirs', note: 'Running' });
    expect(tasks(engine).get('twin')).to.include({ title: 'Theirs' });
    expect(engine.failed()[0]!.problem.code).to.equal('already-exists');
    await tasks(engine).update('twin', { note: 'Seen' });
    await world.settle();
    expect(world.server.row('tasks', 'twin')).to.deep.equal({ title: 'Theirs', note: 'Seen' });
  });

  it('merges objects within a row member by member', async () => {
    world.server.write('tasks', 'p', { plan: { mde: 2, days: 14 } });
    const device = world.device();
    const engine = world.tab({ device });
    await engine.ready;
    await world.settle();
    device.online = false;
    await engine.collection('tasks').update('p', { plan: { mde: 9, days: 14 } });
    world.server.write('tasks', 'p', { plan: { mde: 2, days: 33 } });
    device.online = true;
    await world.pass(2_000);
    expect(world.server.row('tasks', 'p')).to.deep.equal({ plan: { mde: 9, days: 33 } });
  });

  it('creates a row anew whose id was deleted before', async () => {
    world.server.write('tasks', 'a', { title: 'Old' });
    world.server.write('tasks', 'a', null);
    const engine = world.tab();
    await engine.ready;
    await tasks(engine).create({ id: 'a', title: 'New' });
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'New' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });
});
