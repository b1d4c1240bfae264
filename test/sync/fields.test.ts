import { expect } from 'chai';
import { mergeText, type Row, type SyncEngine } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

interface Post extends Row {
  title: string;
  likes: number;
  tags: string[];
  body: string;
}

/** Real engines count offline, through lost answers, rebases and tabs; everything counts once. */
describe('members with a type', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const entities = {
    posts: { fields: { likes: 'counter', tags: 'set', body: mergeText } },
  } as const;
  const start = { title: 'Start', likes: 10, tags: ['a', 'b'], body: 'one two three' };
  const posts = (engine: SyncEngine) => engine.collection<Post>('posts');
  const onServer = () => world.server.row('posts', 'p') as unknown as Omit<Post, 'id'>;
  const like = (engine: SyncEngine, by = 1) =>
    posts(engine).update('p', { likes: posts(engine).get('p')!.likes + by });

  const open = async (device: Device = world.device(), options = {}) => {
    if (!onServer()) world.server.write('posts', 'p', start);
    const engine = world.tab({ device, entities, ...options });
    await engine.ready;
    await world.settle();
    return { device, engine };
  };
  /** Somebody else, always up to date. */
  const theirs = (change: Partial<Post>) =>
    world.server.write('posts', 'p', { ...onServer(), ...change });

  it('go together from both sides: counts, sets and texts, the rest by the strategy', async () => {
    const { device, engine } = await open();
    device.online = false;
    await posts(engine).update('p', { title: 'Mine', likes: 11 });
    await posts(engine).update('p', { tags: ['b', 'mine'], body: 'one two three four' });
    theirs({ title: 'Theirs', likes: 15, tags: ['a', 'b', 'theirs'], body: 'zero one two three' });
    device.online = true;
    await world.pass(2_000);
    const together = { title: 'Mine', likes: 16, body: 'zero one two three four' };
    expect(onServer()).to.deep.equal({ ...together, tags: ['b', 'theirs', 'mine'] });
    expect(posts(engine).get('p')).to.deep.equal({ ...onServer(), id: 'p' });
  });

  it('count every increment that was made offline once, joined as they are to one mutation', async () => {
    const { device, engine } = await open();
    device.online = false;
    for (let i = 0; i < 5; i++) await like(engine);
    theirs({ likes: 12 });
    device.online = true;
    await world.pass(2_000);
    expect(onServer().likes).to.equal(17);
    expect(world.server.applied).to.deep.equal(['update p']);
  });

  it('keep what others add meanwhile to a row that is deleted here and made anew', async () => {
    const { device, engine } = await open();
    device.online = false;
    await posts(engine).delete('p');
    await engine.collection('posts').create({ id: 'p', title: 'Anew' });
    theirs({ likes: 12, tags: ['a', 'b', 'theirs'] });
    device.online = true;
    await world.pass(2_000);
    expect(onServer()).to.deep.include({ title: 'Anew', likes: 2, tags: ['theirs'] });
  });

  it('count when both sides came to the same number', async () => {
    const { device, engine } = await open();
    device.online = false;
    await like(engine);
    theirs({ likes: 11 });
    device.online = true;
    await world.pass(2_000);
    expect(onServer().likes).to.equal(12);
  });

  it('count once when the answer was lost and the pull brings the own write back', async () => {
    const { engine } = await open();
    world.faults.push('drop-response');
    await like(engine);
    await world.settle();
    await like(engine);
    expect(posts(engine).get('p')!.likes).to.equal(12);
    await world.pass(60_000);
    expect(onServer().likes).to.equal(12);
    expect(posts(engine).get('p')!.likes).to.equal(12);
  });

  for (const fault of ['drop-request', 'drop-response'] as const)
    it(`count once when others count on, and this device too, after a ${fault}`, async () => {
      const { engine } = await open();
      world.faults.push(fault);
      await like(engine);
      await world.settle();
      theirs({ likes: onServer().likes + 5 });
      await world.settle();
      await like(engine);
      await like(engine);
      theirs({ likes: onServer().likes + 7 });
      await world.pass(60_000);
      expect(onServer().likes).to.equal(10 + 3 + 12);
      expect(posts(engine).get('p')!.likes).to.equal(10 + 3 + 12);
      expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
    });

  it('count once over several rebases and a reload', async () => {
    const { device, engine } = await open();
    device.online = false;
    await like(engine);
    for (let round = 0; round < 3; round++) {
      theirs({ likes: onServer().likes + 1 });
      // The answer to the pull arrives, the push does not.
      world.faults.push('drop-request');
      device.online = true;
      await world.settle();
      device.online = false;
      await like(engine);
    }
    await engine.close();
    device.online = true;
    const again = await open(device);
    await world.pass(60_000);
    expect(onServer().likes).to.equal(10 + 3 + 4);
    expect(posts(again.engine).get('p')!.likes).to.equal(17);
  });

  it('count on a row that another tab makes, or the disk holds, before this one shows it', async () => {
    const { device, engine } = await open();
    await posts(engine).create({ ...start, id: 'q' });
    await engine.close();
    const again = world.tab({ device, entities });
    await posts(again).update('q', { likes: 2, tags: ['mine'] });
    await again.ready;
    expect(posts(again).get('q')).to.include({ likes: 12 });
    expect(posts(again).get('q')!.tags).to.have.members(['a', 'b', 'mine']);
  });

  it('count in two tabs that write in the same turn', async () => {
    const { device, engine } = await open();
    const second = (await open(device)).engine;
    device.online = false;
    await Promise.all([like(engine), like(second), like(second), like(engine)]);
    await world.settle();
    expect(posts(engine).get('p')!.likes).to.equal(14);
    expect(posts(second).get('p')!.likes).to.equal(14);
    device.online = true;
    await world.pass(2_000);
    expect(onServer().likes).to.equal(14);
  });

  it('keep what another tab wrote to another member of an object in the same turn', async () => {
    world.server.write('posts', 'o', { plan: { a: 1, b: 1 } });
    const { device, engine } = await open();
    const second = (await open(device)).engine;
    const plan = (sync: SyncEngine) => sync.collection<Row & { plan: object }>('posts');
    await Promise.all([
      plan(engine).update('o', { plan: { a: 2, b: 1 } }),
      plan(second).update('o', { plan: { a: 1, b: 2 } }),
    ]);
    await world.settle();
    expect(world.server.row('posts', 'o')).to.deep.equal({ plan: { a: 2, b: 2 } });
  });

  it('count within objects in two tabs that write in the same turn, and from another device', async () => {
    world.server.write('posts', 'o', { stats: { likes: 10, best: 1 } });
    type Stats = Row & { stats: { likes: number; best: number } };
    const types = { posts: { fields: { 'stats.likes': 'counter' } } } as const;
    const device = world.device();
    const tabs = [1, 2].map(() =>
      world.tab({ device, entities: types }).collection<Stats>('posts'),
    );
    await world.settle();
    device.online = false;
    const liked = tabs.map((tab) => {
      const { stats } = tab.get('o')!;
      return tab.update('o', { stats: { ...stats, likes: stats.likes + 1 } });
    });
    await Promise.all(liked);
    world.server.write('posts', 'o', { stats: { likes: 15, best: 5 } });
    device.online = true;
    await world.pass(2_000);
    expect(world.server.row('posts', 'o')).to.deep.equal({ stats: { likes: 17, best: 5 } });
  });

  it('count in a write that is on its way to the disk while a pull arrives', async () => {
    const { engine } = await open();
    for (let i = 0; i < 10; i++) {
      theirs({ likes: onServer().likes + 1 });
      for (let turns = 0; turns < i; turns++) await new Promise((done) => setTimeout(done));
      void like(engine);
      await world.settle();
    }
    await world.pass(5_000);
    expect(onServer().likes).to.equal(30);
  });

  it('count in a dead letter that is sent again after others have counted', async () => {
    const { engine } = await open();
    world.server.refuse = () => true;
    await like(engine, 3);
    await world.settle();
    expect(engine.getStatus().failed).to.equal(1);
    theirs({ likes: 20 });
    await world.settle();
    expect(posts(engine).get('p')!.likes).to.equal(23);
    theirs({ likes: 30 });
    world.server.refuse = () => false;
    await world.settle();
    await engine.reprocessFailed();
    await world.settle();
    expect(onServer().likes).to.equal(33);
  });

  for (const arrived of [true, false])
    for (const how of ['sent again', 'written to'] as const)
      it(`count once in a write that was given up on, ${arrived ? '' : 'not '}arrived, and is ${how}`, async () => {
        const { engine } = await open(world.device(), { maxRetries: 0 });
        const { server } = world;
        if (arrived) {
          world.faults.push('drop-response');
          await like(engine);
          await world.settle();
        }
        server.onPush = () => server.nextAnswers.push(new Response('', { status: 503 }));
        if (!arrived) await like(engine);
        while (!engine.failed().length) await world.pass(500);
        server.onPush = () => {};
        expect(engine.getStatus().failed).to.equal(1);
        expect(onServer().likes).to.equal(arrived ? 11 : 10);
        theirs({ likes: onServer().likes + 5 });
        await world.pass(60_000);
        if (how === 'sent again') await engine.reprocessFailed();
        else await like(engine, 0);
        await world.pass(60_000);
        expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
        expect(onServer().likes).to.equal(16);
        expect(posts(engine).get('p')!.likes).to.equal(16);
      });

  it('count in a dead letter together with the update that mends it', async () => {
    const { engine } = await open();
    world.server.refuse = ({ patch }) => patch?.['title'] === '';
    await posts(engine).update('p', { title: '', likes: 11 });
    await world.settle();
    theirs({ likes: 20 });
    await world.settle();
    await posts(engine).update('p', { title: 'Mended' });
    await world.settle();
    expect(onServer()).to.include({ title: 'Mended', likes: 21 });
  });

  it('count in a refused write that others overtook before the answer came', async () => {
    const { engine } = await open();
    world.server.refuse = () => true;
    const answer = world.holdPushes();
    await like(engine, 3);
    await world.settle();
    theirs({ likes: 20 });
    await world.settle();
    answer();
    await world.settle();
    expect(engine.getStatus()).to.include({ failed: 1, pending: 0 });
    expect(posts(engine).get('p')!.likes).to.equal(23);
    world.server.refuse = () => false;
    await engine.reprocessFailed();
    await world.settle();
    expect(onServer().likes).to.equal(23);
  });

  for (const outcome of ['accepted', 'refused'] as const)
    it(`count on a row that others move while another member is in flight and then ${outcome}`, async () => {
      const { engine } = await open();
      world.server.refuse = ({ patch }) => outcome === 'refused' && patch?.['title'] === 'Mine';
      const answer = world.holdPushes();
      await posts(engine).update('p', { title: 'Mine' });
      await world.settle();
      theirs({ likes: 20 });
      await world.settle();
      await like(engine);
      answer();
      await world.settle();
      world.server.refuse = () => false;
      await engine.reprocessFailed();
      await world.settle();
      expect(onServer()).to.include({ title: 'Mine', likes: 21 });
      expect(posts(engine).get('p')).to.include({ title: 'Mine', likes: 21 });
    });

  it('count a write once that had arrived before the server was restored', async () => {
    const { engine } = await open();
    world.faults.push('drop-response', 'drop-request', 'drop-request');
    await like(engine);
    await world.settle();
    world.server.epoch = 'restored';
    theirs({});
    await world.pass(120_000);
    expect(onServer().likes).to.equal(11);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('make one row of two that were made under one id, when nothing else differs', async () => {
    const day = { title: 'Monday', tags: ['new'], body: '' };
    const devices = [world.device(), world.device()];
    const tabs = devices.map((device) => world.tab({ device, entities }));
    for (const [i, tab] of tabs.entries()) {
      devices[i]!.online = false;
      await posts(tab).create({ id: 'p', ...day, likes: i + 1, tags: [`t${i}`] });
    }
    for (const device of devices) {
      device.online = true;
      await world.pass(2_000);
    }
    expect(onServer()).to.deep.equal({ ...day, likes: 3, tags: ['t0', 't1'] });
    for (const tab of tabs) expect(posts(tab).get('p')).to.deep.equal({ ...onServer(), id: 'p' });
  });

  it('count on while a conflict over another member waits for a person', async () => {
    const device = world.device();
    world.server.write('posts', 'p', start);
    const manual = { posts: { ...entities.posts, conflictStrategy: 'manual' } } as const;
    const engine = world.tab({ device, entities: manual });
    await engine.ready;
    await world.settle();
    device.online = false;
    await posts(engine).update('p', { title: 'Mine', likes: 11 });
    theirs({ title: 'Theirs', likes: 15 });
    device.online = true;
    await world.pass(2_000);
    expect(engine.getStatus().conflicts).to.equal(1);
    expect(posts(engine).get('p')).to.include({ title: 'Mine', likes: 16 });
    await like(engine);
    theirs({ likes: 20 });
    await world.settle();
    await like(engine);
    expect(posts(engine).get('p')!.likes).to.equal(23);
    await engine.resolve(engine.conflicts()[0]!.id, 'remote');
    await world.settle();
    expect(onServer()).to.include({ title: 'Theirs', likes: 23 });
    expect(engine.getStatus()).to.include({ conflicts: 0, pending: 0 });
  });
});
