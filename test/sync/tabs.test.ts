import { expect } from 'chai';
import type { Row, SyncEngine } from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
}

describe('several tabs of one database', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

  const open = async () => {
    const device = world.device();
    const [one, two] = [world.tab({ device }), world.tab({ device })];
    await Promise.all([one.ready, two.ready]);
    await world.settle();
    return { device, one, two };
  };

  it('show each other what is too large to be sent from tab to tab', async () => {
    const { one, two } = await open();
    const writes = Array.from({ length: 300 }, (_, i) =>
      tasks(one).create({ title: `${i}`.repeat(99) }),
    );
    await Promise.all(writes);
    await world.settle();
    expect(tasks(two).query().get()).to.have.length(300);
  });

  it('have one leader, and another when it closes', async () => {
    const { one, two } = await open();
    expect([one, two].map((tab) => tab.getStatus().leader)).to.deep.equal([true, false]);
    await one.close();
    await world.settle();
    expect(two.getStatus().leader).to.equal(true);
  });

  it('are led by one that knows all their entities: an app that was deployed since has more', async () => {
    const device = world.device();
    const old = world.tab({ device, entities: { tasks: { scope: [] } } });
    await old.ready;
    await world.settle();
    expect(old.getStatus().leader).to.equal(true);
    const next = world.tab({ device, entities: { tasks: {}, notes: {} } });
    await next.ready;
    await tasks(old).create({ id: 'a', title: 'Old' });
    await next.collection('notes').create({ id: 'n' });
    await world.pass(1_000);
    expect([old, next].map((tab) => tab.getStatus().leader)).to.deep.equal([false, true]);
    expect(world.server.applied).to.have.members(['create a', 'create n']);
    // The old one waits its turn, and leaves the lead where it is.
    await world.pass(60_000);
    expect(next.getStatus()).to.include({ leader: true, pending: 0, status: 'idle' });
  });

  it('say what nobody sends: engines of one storage must name the same entities', async () => {
    const device = world.device();
    const one = world.tab({ device, entities: { tasks: {} } });
    await one.ready;
    await world.settle();
    const other = world.tab({ device, entities: { notes: {} } });
    await other.ready;
    await other.collection('notes').create({ id: 'n' });
    const { success, errors } = await other.flush();
    expect(success).to.equal(false);
    expect(errors[0]).to.include({ code: 'unknown-collection' });
    expect(errors[0]!.message).to.include('“notes”').and.include('the same entities');
    expect(other.getStatus().lastError).to.deep.equal(errors[0]);
  });

  it('show each other’s writes without the network', async () => {
    const { device, one, two } = await open();
    device.online = false;
    await tasks(one).create({ id: 'a', title: 'One' });
    await tasks(two).create({ id: 'b', title: 'Two' });
    await world.settle();
    for (const tab of [one, two]) {
      expect(tasks(tab).query().get()).to.have.length(2);
      expect(tab.getStatus()).to.include({ pending: 2, status: 'offline' });
    }
  });

  it('send at once what another wrote while it was opening', async () => {
    const { device } = await open();
    const third = world.tab({ device });
    await tasks(third).create({ id: 'a', title: 'Early' });
    await world.pass(1_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Early' });
    expect(third.getStatus()).to.include({ pending: 0 });
  });

  it('send each write once, a follower’s through the leader', async () => {
    const { one, two } = await open();
    const write = tasks(two).create({ id: 'a', title: 'From the follower' });
    await write;
    await world.settle();
    expect(world.server.applied).to.deep.equal(['create a']);
    let synced = false;
    void write.synced.then(() => (synced = true));
    await world.settle();
    expect(synced).to.equal(true);
    expect(one.getQueueLength() + two.getQueueLength()).to.equal(0);
  });

  it('lose nothing when both write the same row in the same turn', async () => {
    const { device, one, two } = await open();
    await tasks(one).create({ id: 'a', title: 'Start' });
    await world.settle();
    device.online = false;
    await Promise.all([
      tasks(one).update('a', { title: 'By one' }),
      two.collection('tasks').update('a', { note: 'By two' }),
    ]);
    await world.settle();
    device.online = true;
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'By one', note: 'By two' });
  });

  it('tell their subscribers of every change, also of one that somebody asked for first', async () => {
    const { one } = await open();
    const seen: number[] = [];
    one.onStatusChange(({ pending }) => seen.push(pending));
    const write = tasks(one).create({ title: 'x' });
    void write.then(() => one.getStatus());
    await write;
    await Promise.resolve();
    await Promise.resolve();
    expect(seen).to.include(1);
  });

  it('answer flush in a follower with what the leader did', async () => {
    const { device, two } = await open();
    device.online = false;
    await tasks(two).create({ title: 'x' });
    device.online = true;
    expect(await two.fullSync()).to.include({ success: true });
    expect(two.getQueueLength()).to.equal(0);
  });

  it('answer flush that was asked before any tab led', async () => {
    const device = world.device();
    const [one, two] = [world.tab({ device }), world.tab({ device })];
    const asked = [one.fullSync(), two.fullSync()];
    for (const result of await Promise.all(asked)) expect(result).to.include({ success: true });
  });

  it('ignore forged messages', async () => {
    const { device, one } = await open();
    const channel = device.channel('memory', () => {});
    for (const message of [null, 1, 'x', {}, { type: 'commit' }, { type: 'leader', status: 1 }])
      channel.post(message);
    await world.settle();
    await tasks(one).create({ id: 'a', title: 'Unharmed' });
    expect(tasks(one).get('a')?.title).to.equal('Unharmed');
  });

  it('catch up from the log when they missed messages, and after the leader folded it', async () => {
    const { device, one } = await open();
    const deaf = world.tab({
      device,
      ports: { channel: () => ({ post() {}, close() {} }) },
    });
    await deaf.ready;
    for (let i = 0; i < 2_100; i++) void tasks(one).create({ title: `${i}` });
    await tasks(one).create({ id: 'last', title: 'Last' });
    await world.pass(5_000);
    await tasks(deaf).create({ id: 'deaf', title: 'Me too' });
    expect(tasks(deaf).get('last')?.title).to.equal('Last');
    expect(tasks(deaf).query().get()).to.have.length(2_102);
    await tasks(one).update('last', { title: 'Very last' });
    expect(tasks(one).query().get()).to.have.length(2_102);
    const fresh = world.tab({ device });
    await fresh.ready;
    expect(tasks(fresh).query().get()).to.have.length(2_102);
  });

  it('learn what became of their writes while they were put away', async () => {
    const device = world.device();
    const leader = world.tab({ device });
    let change: (what: 'hidden' | 'shown') => void = () => {};
    const network = {
      ...device.network,
      onChange: (call: typeof change) => ((change = call), () => {}),
    };
    const sleeper = world.tab({ device, ports: { network } });
    await Promise.all([leader.ready, sleeper.ready]);
    device.online = false;
    const outcomes: string[] = [];
    sleeper.on('dead-letter', ({ key }) => outcomes.push(`letter ${key}`));
    for (const id of ['good', 'bad']) {
      const write = sleeper.collection('tasks').create({ id });
      write.synced.then(
        () => outcomes.push(`${id} synced`),
        (error: { code: string }) => outcomes.push(`${id} ${error.code}`),
      );
      await write;
    }
    await world.settle();
    change('hidden');
    world.server.refuse = ({ key }) => key === 'bad';
    device.online = true;
    await world.settle();
    // So much that the leader folds the log, and the sleeper has to read the disk anew.
    await leader
      .collection('tasks')
      .createMany(Array.from({ length: 3_000 }, (_, i) => ({ id: `t${i}` })));
    await world.pass(60_000);
    change('shown');
    await world.settle();
    expect(outcomes.sort()).to.deep.equal(['bad rejected', 'good synced', 'letter bad']);
  });

  it('lose nothing to a message that is none, whoever posted it', async () => {
    const { device, one, two } = await open();
    await tasks(one).create({ id: 'a', title: 'One' });
    await world.settle();
    const commits: { life: string; rev: number }[] = [];
    const stranger = device.channel(device.storage.name, (message) => {
      const said = message as { type?: string; life: string; rev: number };
      if (said.type === 'commit') commits.push(said);
    });
    await tasks(one).create({ id: 'b', title: 'Two' });
    await world.settle();
    const { life, rev } = commits.at(-1)!;
    for (const record of ['5', 'null', '{"by":["x",1],"rows":5}', '{"rows":[]}', 'no JSON'])
      stranger.post({ type: 'commit', life, rev: rev + 20, record });
    stranger.post({ type: 'commit', life, rev: rev + 1, record: '{"by":["x",1],"drop":["no"]}' });
    await world.settle();
    await tasks(two).create({ id: 'after', title: 'Three' });
    await world.settle();
    for (const tab of [one, two])
      expect(
        tasks(tab)
          .query()
          .get()
          .map(({ id }) => id),
      ).to.deep.equal(['a', 'after', 'b']);
    expect(world.server.row('tasks', 'after')).to.deep.equal({ title: 'Three' });
  });
});
