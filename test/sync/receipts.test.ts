import { expect } from 'chai';
import type { Network, SyncError, SyncEngine, Write } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

describe('a receipt', () => {
  let world: World;
  let device: Device;
  beforeEach(() => {
    world = new World();
    device = world.device();
  });
  afterEach(() => world.end());

  const entities = { tasks: { conflictStrategy: 'server-wins' } } as const;
  const tasks = (engine: SyncEngine) => engine.collection('tasks');
  const open = async (network: Network = device.network) => {
    const engine = world.tab({ device, entities, ports: { network } });
    await engine.ready;
    await world.settle();
    return engine;
  };
  /** A tab that can be put away. */
  const sleeper = async () => {
    let tell!: Parameters<Network['onChange']>[0];
    const onChange: Network['onChange'] = (callback) => ((tell = callback), () => {});
    return { tab: await open({ ...device.network, onChange }), tell: () => tell };
  };
  const outcome = (write: Write) => {
    const told = { of: 'open' };
    write.synced.then(
      () => (told.of = 'accepted'),
      ({ code }: SyncError) => (told.of = code),
    );
    return told;
  };
  /** More than a log may hold, so that it is written into pages. */
  const compact = async (engine: SyncEngine) => {
    await tasks(engine).createMany(Array.from({ length: 2_100 }, (_, n) => ({ n })));
    await world.pass(10_000);
  };

  for (const [many, expected] of [
    [120, 'discarded'],
    [520, 'unknown-outcome'],
  ] as const)
    it(`of a write given up with ${many} others while its tab slept says so: ${expected}`, async () => {
      device.online = false;
      const awake = await open();
      const { tab, tell } = await sleeper();
      const write = tasks(tab).create({ id: 'b' });
      await write;
      const told = outcome(write);
      tell()('hidden');
      await tasks(awake).createMany(Array.from({ length: many }, (_, n) => ({ n })));
      await awake.clearQueue();
      await compact(awake);
      tell()('shown');
      await world.pass(3_000);
      expect(told.of).to.equal(expected);
      expect(world.server.row('tasks', 'b')).to.equal(null);
    });

  it('of a write that was overruled with many others while its tab slept says so', async () => {
    const keys = Array.from({ length: 110 }, (_, n) => `k${n}`);
    for (const key of keys) world.server.write('tasks', key, { t: 1 });
    const awake = await open();
    const { tab, tell } = await sleeper();
    device.online = false;
    const write = tasks(tab).update('k0', { t: 2 });
    await write;
    const told = outcome(write);
    await Promise.all(keys.slice(1).map((key) => tasks(awake).update(key, { t: 2 })));
    tell()('hidden');
    for (const key of keys) world.server.write('tasks', key, { t: 3 });
    device.online = true;
    await world.pass(5_000);
    device.online = false;
    await compact(awake);
    tell()('shown');
    await world.pass(3_000);
    expect(told.of).to.equal('overruled');
  });

  it('of a write on a long row of refused ones is not taken for accepted', async () => {
    world.server.refuse = ({ value }) => value !== undefined;
    const engine = await open();
    await tasks(engine).create({ id: 'a', n: 0 });
    await world.settle();
    for (let n = 1; n <= 101; n++) {
      await tasks(engine).update('a', { n });
      await world.settle();
    }
    const letGo = world.holdPushes();
    const first = outcome(tasks(engine).update('a', { n: 200 }));
    await world.settle();
    const next = outcome(tasks(engine).update('a', { n: 201 }));
    await world.settle();
    letGo();
    await world.pass(1_000);
    expect([first.of, next.of]).to.deep.equal(['rejected', 'rejected']);
    expect(world.server.row('tasks', 'a')).to.equal(null);
  });
});
