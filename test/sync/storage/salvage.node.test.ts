import { expect } from 'chai';
import { keyValueStorage, type SyncEngine, type SyncEvents } from '../../../src/sync/index.js';
import { World } from '../world/world.js';
import { mapKeyValue } from './subject.js';

interface Note {
  id: string;
  title: string;
}

/** A device whose disk a test can damage between two visits. */
describe('a damaged disk', () => {
  let world: World;
  let disk: Map<string, string>;
  beforeEach(() => {
    world = new World();
    disk = new Map();
  });
  afterEach(() => world.end());

  const notes = (engine: SyncEngine) => engine.collection<Note>('tasks');

  const visit = async ({ online = true } = {}) => {
    const device = world.device(keyValueStorage(mapKeyValue(disk), { name: 'n' }));
    device.online = online;
    const engine = world.tab({ device });
    const lost: SyncEvents['corrupt'][] = [];
    engine.on('corrupt', (losses) => lost.push(losses));
    await engine.ready;
    return { device, engine, lost };
  };

  /** A database with pages, of what the server has, and a write that was not sent. */
  const prepare = async () => {
    for (let i = 0; i < 2_100; i++) world.server.write('tasks', `n${i}`, { title: `${i}` });
    const { engine, device } = await visit();
    await world.pass(10_000);
    expect(keys('page:').length, 'folded').to.be.greaterThan(3);
    device.online = false;
    await notes(engine).create({ id: 'mine', title: 'Mine' });
    await notes(engine).create({ id: 'mine-too', title: 'Mine too' });
    await engine.close();
  };

  const keys = (kind: string) => [...disk.keys()].filter((key) => key.includes(`:${kind}`));
  const damage = (key: string | undefined, text: string | null = '{"collection":"tasks","ver') => {
    expect(key).to.be.a('string');
    if (text === null) disk.delete(key!);
    else disk.set(key!, text);
  };
  const page = () => keys('page:').find((key) => key.includes(':p:'));
  const count = (engine: SyncEngine) => notes(engine).query().get().length;

  for (const [how, text] of [
    ['that is cut off', undefined],
    ['that is gone', null],
  ] as const)
    it(`keeps all other rows of a page ${how}, says so, and pulls its rows again`, async () => {
      await prepare();
      damage(page(), text);
      const offline = await visit({ online: false });
      expect(offline.lost).to.deep.equal([{ pages: 1, records: 0, mutations: 0 }]);
      expect(count(offline.engine)).to.be.within(1_000, 2_101);
      expect(offline.engine.getStatus()).to.deep.include({ pending: 2, storage: 'ok' });
      expect(offline.engine.getStatus().lastError).to.have.property('code', 'corrupt');
      await offline.engine.close();

      const online = await visit();
      await world.pass(10_000);
      expect(count(online.engine)).to.equal(2_102);
      expect(online.engine.getStatus()).to.deep.include({ pending: 0, lastError: null });
      expect(world.server.row('tasks', 'mine')).to.deep.equal({ title: 'Mine' });
    });

  it('is whole again once it was written anew', async () => {
    await prepare();
    damage(page());
    const first = await visit({ online: false });
    await world.settle();
    await first.engine.close();
    const second = await visit({ online: false });
    expect(second.lost).to.deep.equal([]);
    expect(count(second.engine)).to.equal(count(first.engine));
  });

  it('lets rows go that the server has deleted since', async () => {
    await prepare();
    world.server.write('tasks', 'n5', null);
    damage(page());
    const { engine } = await visit();
    await world.pass(10_000);
    expect(notes(engine).get('n5')).to.equal(undefined);
    expect(count(engine)).to.equal(2_101);
  });

  it('goes on after a record that can’t be read, with what came after it', async () => {
    await prepare();
    damage(keys('log:').at(-2));
    const { engine, lost } = await visit({ online: false });
    expect(lost).to.deep.equal([{ pages: 0, records: 1, mutations: 0 }]);
    expect(notes(engine).get('mine')).to.equal(undefined);
    expect(notes(engine).get('mine-too')?.title).to.equal('Mine too');
    expect(engine.exportPending()).to.have.length(1);
  });

  it('loses no other unsent write with one that can’t be read', async () => {
    const first = await visit({ online: false });
    for (let i = 0; i < 2_001; i++) void notes(first.engine).create({ id: `n${i}`, title: `${i}` });
    await notes(first.engine).create({ id: 'last', title: 'Last' });
    await world.pass(5_000);
    await first.engine.close();
    const outbox = keys('page:').find((key) => key.endsWith(':outbox'))!;
    damage(outbox, disk.get(outbox)!.replace('"n1000"', '"n1000'));
    const { engine, lost } = await visit({ online: false });
    expect(lost).to.deep.equal([{ pages: 0, records: 0, mutations: 1 }]);
    expect(engine.getQueueLength()).to.equal(2_001);
  });

  it('has all of it when its manifest can’t be read', async () => {
    await prepare();
    damage(keys('manifest')[0]);
    const { engine, lost } = await visit({ online: false });
    expect(lost).to.deep.equal([]);
    expect(count(engine)).to.equal(2_102);
    expect(engine.getQueueLength()).to.equal(2);
    await notes(engine).create({ title: 'And on' });
  });

  it('is not touched when a newer version of the app has written it', async () => {
    await prepare();
    const manifest = keys('manifest')[0]!;
    const newer = disk.get(manifest)!.replace('"format":2', '"format":3');
    damage(manifest, newer);
    const before = new Map(disk);
    const failed: unknown = await visit().catch((error: unknown) => error);
    expect(failed).to.have.property('code', 'outdated');
    expect(disk).to.deep.equal(before);
  });
});
