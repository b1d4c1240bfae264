import { expect } from 'chai';
import { z } from 'zod';
import type {
  Conflict,
  Row,
  SyncEngine,
  SyncEngineConfig,
  SyncError,
} from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

interface Plan extends Row {
  title: string;
  note?: string;
  goal: { mde: number; days: number };
}

describe('a parked conflict', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const entities = { plans: { conflictStrategy: 'manual' } } as const;
  const start = { title: 'Start', goal: { mde: 1, days: 14 } };
  const plans = (engine: SyncEngine) => engine.collection<Plan>('plans');
  const onServer = () => world.server.row('plans', 'p');
  const theirs = (change: object | null) =>
    world.server.write('plans', 'p', change && { ...onServer(), ...change });

  const open = async (device: Device = world.device(), config: Partial<SyncEngineConfig> = {}) => {
    if (!onServer()) world.server.write('plans', 'p', start);
    const engine = world.tab({ device, entities, ...config });
    await engine.ready;
    await world.settle();
    return { device, engine };
  };

  /** Title and goal.mde are in dispute, the note and goal.days are not. */
  const park = async (config: Partial<SyncEngineConfig> = {}) => {
    const { device, engine } = await open(undefined, config);
    device.online = false;
    const write = plans(engine).update('p', { title: 'Mine', goal: { mde: 2, days: 14 } });
    await write;
    theirs({ title: 'Theirs', note: 'Theirs', goal: { mde: 3, days: 30 } });
    device.online = true;
    await world.pass(2_000);
    return { device, engine, write };
  };

  it('says what is in dispute, with each side’s value, and what is not is merged', async () => {
    const { engine } = await park();
    const [conflict] = engine.conflicts();
    expect(conflict).to.deep.include({
      collection: 'plans',
      key: 'p',
      fields: {
        title: { base: 'Start', local: 'Mine', remote: 'Theirs' },
        'goal.mde': { base: 1, local: 2, remote: 3 },
      },
    });
    const merged = { id: 'p', title: 'Mine', note: 'Theirs', goal: { mde: 2, days: 30 } };
    expect(conflict!.merged).to.deep.equal(merged);
    expect(plans(engine).get('p')).to.deep.equal(merged);
  });

  it('is told of when it appears', async () => {
    const { engine } = await open();
    const told: string[] = [];
    engine.on('conflict', ({ entity, key }) => told.push(`${entity}/${key}`));
    engine.setOnline(false);
    await plans(engine).update('p', { title: 'Mine' });
    theirs({ title: 'Theirs' });
    engine.setOnline(true);
    await world.pass(2_000);
    expect(told).to.deep.equal(['plans/p']);
  });

  for (const [side, title, mde] of [
    ['local', 'Mine', 2],
    ['remote', 'Theirs', 3],
  ] as const)
    it(`ends with “${side}” for what is in dispute, and keeps what merged`, async () => {
      const { engine } = await park();
      await engine.resolve(engine.conflicts()[0]!.id, side);
      await world.settle();
      const row = { title, note: 'Theirs', goal: { mde, days: 30 } };
      expect(onServer()).to.deep.equal(row);
      expect(plans(engine).get('p')).to.deep.equal({ id: 'p', ...row });
    });

  it('ends with any row, or with none', async () => {
    const { engine } = await park();
    await engine.resolve(engine.conflicts()[0]!.id, { id: 'p', ...start } as Row);
    await world.settle();
    expect(onServer()).to.deep.equal(start);
    const again = await park();
    await again.engine.resolve(again.engine.conflicts()[0]!.id, null);
    await world.settle();
    expect(onServer()).to.equal(null);
    expect(plans(again.engine).get('p')).to.equal(undefined);
  });

  it('settles the write that it came from: accepted with ours, overruled with theirs', async () => {
    const kept = await park();
    await kept.engine.resolve(kept.engine.conflicts()[0]!.id, 'local');
    await world.settle();
    await kept.write.synced;
    theirs(start);
    const lost = await park();
    await lost.engine.resolve(lost.engine.conflicts()[0]!.id, 'remote');
    const error: unknown = await lost.write.synced.catch((e: unknown) => e);
    expect(error).to.have.property('code', 'overruled');
  });

  it('takes what is written to the row meanwhile for this device’s side', async () => {
    const { engine } = await park();
    const { id } = engine.conflicts()[0]!;
    await plans(engine).update('p', { title: 'Mine still', goal: { mde: 2, days: 31 } });
    await world.settle();
    const [conflict] = engine.conflicts();
    expect(conflict).to.include({ id });
    expect(conflict!.fields['title']).to.deep.include({ local: 'Mine still' });
    await engine.resolve(id, 'local');
    await world.settle();
    const row = { title: 'Mine still', note: 'Theirs', goal: { mde: 2, days: 31 } };
    expect(onServer()).to.deep.equal(row);
    expect(engine.getStatus()).to.include({ pending: 0, conflicts: 0 });
  });

  it('takes a deletion, and a row made anew, for this device’s side too', async () => {
    const { engine } = await park();
    const { id } = engine.conflicts()[0]!;
    await plans(engine).delete('p');
    expect(engine.conflicts()[0]).to.include({ local: null, merged: null });
    await plans(engine).create({ id: 'p', title: 'Anew', goal: { mde: 9, days: 9 } });
    await world.settle();
    await engine.resolve(id, 'local');
    await world.settle();
    expect(onServer()).to.deep.include({ title: 'Anew', goal: { mde: 9, days: 9 } });
  });

  it('follows what somebody else changes, under the same id', async () => {
    const { engine } = await park();
    const { id } = engine.conflicts()[0]!;
    theirs({ title: 'Theirs again', note: 'New' });
    await world.settle();
    const [conflict] = engine.conflicts();
    expect(conflict).to.include({ id });
    expect(conflict!.fields['title']).to.deep.include({ local: 'Mine', remote: 'Theirs again' });
    expect(plans(engine).get('p')).to.include({ title: 'Mine', note: 'New' });
  });

  it('ends by itself when somebody else’s change takes back all that was in dispute', async () => {
    const { engine, write } = await park();
    theirs({ title: 'Start', goal: { mde: 2, days: 30 } });
    await world.settle();
    expect(engine.conflicts()).to.deep.equal([]);
    expect(onServer()).to.deep.equal({ title: 'Mine', note: 'Theirs', goal: { mde: 2, days: 30 } });
    await write.synced;
  });

  it('becomes one over the whole row when somebody deletes it, and back', async () => {
    const { engine } = await park();
    const { id } = engine.conflicts()[0]!;
    theirs(null);
    await world.settle();
    expect(engine.conflicts()[0]).to.deep.include({ id, remote: null, merged: null, fields: {} });
    theirs({ ...start, title: 'Back' });
    await world.settle();
    expect(engine.conflicts()[0]!.fields['title']).to.deep.include({ remote: 'Back' });
    await engine.resolve(id, 'local');
    await world.settle();
    expect(onServer()).to.include({ title: 'Mine' });
  });

  it('is not decided for a row that breaks the schema, and is for one that does not', async () => {
    const schema = z.object({
      id: z.string(),
      title: z.string().min(3),
      goal: z.object({ mde: z.number(), days: z.number() }),
      note: z.string().optional(),
    });
    const { engine } = await park({
      entities: { plans: { conflictStrategy: 'manual', schema } },
    });
    const [conflict] = engine.conflicts();
    const decided = { ...conflict!.local!, title: 7 } as Row;
    const error = await engine.resolve(conflict!.id, decided).catch((reason: SyncError) => reason);
    expect(error).to.have.property('code', 'invalid');
    expect(engine.conflicts()).to.have.length(1);
    await engine.resolve(conflict!.id, { ...conflict!.local!, title: 'Both' } as Row);
    await world.pass(2_000);
    expect(onServer()).to.include({ title: 'Both' });
    expect(engine.conflicts()).to.deep.equal([]);
  });

  it('counts what waits behind it in the result of a flush', async () => {
    const { engine } = await park({
      entities: { plans: { conflictStrategy: 'manual' }, notes: { dependsOn: { of: 'plans' } } },
    });
    expect(await engine.flush()).to.include({ success: true, pending: 0 });
    world.server.refuse = ({ op }) => op === 'create';
    await plans(engine).create({ ...start, id: 'q' });
    await world.settle();
    await engine.collection('notes').create({ of: 'q' });
    expect(await engine.flush()).to.include({ success: true, pushed: 0, pending: 1 });
    world.server.refuse = () => false;
    await engine.reprocessFailed();
    await world.settle();
    expect(await engine.flush()).to.include({ success: true, pending: 0 });
  });

  it('is seen and resolved in a tab that does not lead, and after a reload', async () => {
    const { device, engine } = await park();
    const follower = (await open(device)).engine;
    expect(follower.getStatus()).to.include({ leader: false, conflicts: 1 });
    await engine.close();
    const reloaded = (await open(device)).engine;
    expect(reloaded.conflicts()).to.deep.equal(follower.conflicts());
    await reloaded.resolve(reloaded.conflicts()[0]!.id, 'local');
    await world.settle();
    expect(follower.conflicts()).to.deep.equal([]);
    expect(onServer()).to.include({ title: 'Mine', note: 'Theirs' });
  });

  it('is resolved once: a second answer changes nothing, one to what has ended is refused', async () => {
    const { device, engine } = await park();
    const follower = (await open(device)).engine;
    const { id } = engine.conflicts()[0]!;
    await Promise.all([engine.resolve(id, 'local'), follower.resolve(id, 'remote')]);
    await world.settle();
    const decided = onServer();
    expect(['Mine', 'Theirs']).to.include(decided!['title']);
    const late = engine.resolve(id, { id: 'p', ...start, title: 'Too late' } as Row);
    expect(await late.catch((error: SyncError) => error.code)).to.equal('not-found');
    await world.settle();
    expect(onServer()).to.deep.equal(decided);
  });

  it('asks `onConflict` again when the row has moved, with all that it may need', async () => {
    const asked: Conflict[] = [];
    let answer = false;
    const { engine } = await park({
      onConflict(conflict) {
        asked.push(conflict);
        const { merged, fields } = conflict;
        return answer ? ({ ...merged, title: String(fields['title']!.remote) } as Row) : undefined;
      },
    });
    expect(engine.getStatus().conflicts).to.equal(1);
    answer = true;
    theirs({ title: 'Newest' });
    await world.settle();
    expect(engine.getStatus()).to.include({ conflicts: 0, pending: 0 });
    const row = { title: 'Newest', note: 'Theirs', goal: { mde: 2, days: 30 } };
    expect(onServer()).to.deep.equal(row);
    expect(asked.at(-1)!.fields).to.have.keys('title', 'goal.mde');
  });
});
