import { expect } from 'chai';
import { bytelystTransport, type Row, type SyncEngine } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

interface Task extends Row {
  title: string;
}

const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');
const titles = (engine: SyncEngine, collection = 'tasks') =>
  engine
    .collection<Task>(collection)
    .query()
    .get()
    .map(({ title }) => title);

describe('a pull', () => {
  let world: World;
  let device: Device;
  beforeEach(() => {
    world = new World();
    device = world.device();
  });
  afterEach(() => world.end());

  const open = async (options: Parameters<World['tab']>[0] = {}) => {
    const engine = world.tab({ device, ...options });
    await engine.ready;
    await world.settle();
    return engine;
  };
  /** Rows `t0`… of `tasks`. */
  const write = (count: number) => {
    for (let i = 0; i < count; i++) world.server.write('tasks', `t${i}`, { title: `${i}` });
  };

  /** The queries of the pulls. */
  const watchPulls = () => {
    const asked: URLSearchParams[] = [];
    const { fetch } = device.network;
    device.network.fetch = (input, init) => {
      const url = new URL(input, 'http://x');
      if (url.pathname.endsWith('/pull')) asked.push(url.searchParams);
      return fetch(input, init);
    };
    return asked;
  };

  describe('of several collections', () => {
    const both = { tasks: {}, notes: {} };

    it('asks for them together, and for one that is added alone until it has caught up', async () => {
      write(3);
      world.server.write('notes', 'n', { title: 'Note' });
      const asked = watchPulls();
      const first = await open({ entities: { tasks: {} } });
      await first.close();
      const engine = await open({ entities: both });
      expect(titles(engine, 'notes')).to.deep.equal(['Note']);
      const steps = asked.map((query) => `${query.get('collections')} ${query.has('cursor')}`);
      // How often the hint at the beginning of the stream asks again is a matter of time.
      expect(steps.filter((step, i) => step !== steps[i - 1])).to.deep.equal([
        'tasks false',
        'tasks true',
        'notes false',
        'tasks,notes true',
      ]);
    });

    it('goes on with the others when one is refused, and tries that again when asked', async () => {
      world.server.forbidden.add('notes');
      write(2);
      world.server.write('notes', 'n', { title: 'Secret' });
      const engine = await open({ entities: both });
      expect(titles(engine)).to.have.length(2);
      expect(engine.getStatus()).to.include({ status: 'error' });
      expect(engine.getStatus().lastError?.code).to.equal('rejected');
      const asked = watchPulls();
      world.server.write('tasks', 't9', { title: 'Live' });
      await world.pass(10_000);
      expect(titles(engine)).to.include('Live');
      expect(new Set(asked.map((query) => query.get('collections')))).to.deep.equal(
        new Set(['tasks']),
      );
      world.server.forbidden.clear();
      const result = await engine.pull();
      expect(result.errors).to.deep.equal([]);
      expect(titles(engine, 'notes')).to.deep.equal(['Secret']);
      expect(engine.getStatus()).to.include({ status: 'idle', lastError: null });
    });

    it('pulls each alone where the transport says so', async () => {
      const asked = watchPulls();
      const transport = { ...bytelystTransport({ url: '/v1' }), separate: true };
      await open({ entities: both, transport });
      expect(new Set(asked.map((query) => query.get('collections')))).to.deep.equal(
        new Set(['tasks', 'notes']),
      );
    });
  });

  describe('of much', () => {
    it('shows rows while they arrive, and goes on after an interruption where it was', async () => {
      write(25);
      world.server.pullLimit = 10;
      world.server.cutAfter = 1;
      const asked = watchPulls();
      const engine = await open();
      expect(titles(engine)).to.have.length(10);
      expect(engine.getStatus()).to.include({ status: 'offline' });
      await engine.close();
      const again = await open();
      expect(titles(again)).to.have.length(25);
      expect(asked[1]!.get('cursor')).to.match(/^e1:10/);
    });

    it('takes one request, whatever the number of stretches', async () => {
      write(95);
      world.server.pullLimit = 10;
      const asked = watchPulls();
      const engine = await open();
      expect(titles(engine)).to.have.length(95);
      expect(asked.filter((query) => !query.has('cursor'))).to.have.length(1);
    });

    it('brings another tab the same rows by the log', async () => {
      write(300);
      const leader = await open();
      const follower = await open();
      write(2_000);
      await world.pass(1_000);
      expect(titles(leader)).to.have.length(2_000);
      expect(titles(follower)).to.deep.equal(titles(leader));
      await leader.close();
      await follower.close();
      expect(titles(await open())).to.have.length(2_000);
    });
  });

  describe('told anew', () => {
    it('keeps what is still there, adds what is new, and lets go of what is not told', async () => {
      write(30);
      const engine = await open();
      let drawn = 0;
      tasks(engine)
        .query()
        .subscribe(() => drawn++);
      const kept = tasks(engine).get('t7');
      world.server.rows.delete('tasks/t3');
      world.server.write('tasks', 'new', { title: 'New' });
      drawn = 0;
      world.server.expired = true;
      await engine.pull();
      await world.settle();
      expect(tasks(engine).get('t3')).to.equal(undefined);
      expect(tasks(engine).get('new')).to.include({ title: 'New' });
      expect(tasks(engine).get('t7')).to.equal(kept);
      expect(drawn).to.be.at.most(3);
    });

    it('begins again when it was interrupted, and loses nothing that is pending', async () => {
      write(30);
      const engine = await open();
      world.server.rows.delete('tasks/t3');
      world.server.rows.delete('tasks/t20');
      world.server.pullLimit = 10;
      device.online = false;
      await tasks(engine).create({ id: 'mine', title: 'Mine' });
      await tasks(engine).update('t5', { title: 'Changed' });
      world.server.expired = true;
      world.server.cutAfter = 2;
      device.online = true;
      await world.pass(120_000);
      expect(titles(engine)).to.have.length(29);
      expect(tasks(engine).get('t3')).to.equal(undefined);
      expect(tasks(engine).get('t20')).to.equal(undefined);
      expect(world.server.row('tasks', 't5')).to.deep.equal({ title: 'Changed' });
      expect(tasks(engine).get('mine')).to.include({ title: 'Mine' });
      expect(engine.getStatus()).to.include({ pending: 0, status: 'idle' });
    });

    it('happens after a hole: nobody knows since when something is missing', async () => {
      write(5);
      const engine = await open();
      const asked = watchPulls();
      const end = { cursor: 'e1:9', to: 9, rows: 1, more: false, epoch: 'e1', durable: 9 };
      world.server.nextAnswers.push(new Response(`${JSON.stringify(end)}\n`));
      expect((await engine.pull()).errors[0]).to.include({ code: 'bad-answer' });
      await world.pass(2_000);
      expect(asked.map((query) => query.has('cursor')).slice(0, 2)).to.deep.equal([true, false]);
      expect(titles(engine)).to.have.length(5);
      expect(engine.getStatus()).to.include({ status: 'idle' });
    });

    it('happens to a database of before, whose cursor was of another kind: nothing is lost', async () => {
      write(5);
      const engine = await open();
      await engine.close();
      const disk = await device.storage.open();
      const { life, folded, log } = await disk.load();
      const rev = log.at(-1)!.rev;
      const text = JSON.stringify({
        by: ['old', 1],
        meta: { cursors: {}, cursor: 'x', pulledTo: 5 },
      });
      await disk.commit({ life, folded, rev }, { record: text }, 'strict');
      disk.close();
      world.server.rows.delete('tasks/t2');
      const again = await open();
      expect(titles(again)).to.deep.equal(['0', '1', '3', '4']);
    });
  });

  it('takes no row back to before one’s own write that the server has accepted since', async () => {
    const engine = await open();
    const { fetch } = device.network;
    let release = () => {};
    let held = false;
    device.network.fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!input.includes('/pull') || held) return response;
      held = true;
      const text = await response.text();
      await new Promise<void>((done) => (release = done));
      return new Response(text);
    };
    await tasks(engine).create({ id: 'a', title: 'One' });
    while (!held) await new Promise((done) => setTimeout(done, 1));
    await tasks(engine).update('a', { title: 'Two' }).synced;
    const seen: (string | undefined)[] = [];
    const stop = tasks(engine)
      .query()
      .subscribe(([row]) => seen.push(row?.title));
    release();
    await world.settle();
    stop();
    expect(seen).to.deep.equal(['Two']);
    expect(tasks(engine).get('a')).to.deep.equal({ id: 'a', title: 'Two' });
  });

  describe('by hints', () => {
    const lives = () => world.server.requests.filter((request) => request.endsWith('/live')).length;

    it('reconnects after 45 s of silence', async () => {
      await open();
      const before = lives();
      await world.pass(44_000);
      expect(lives()).to.equal(before);
      await world.pass(5_000);
      expect(lives()).to.equal(before + 1);
    });

    it('comes back when the server said it may', async () => {
      await open();
      world.server.say('retry: 9000\n');
      await world.settle();
      const before = lives();
      world.server.endStreams();
      await world.pass(8_000);
      expect(lives()).to.equal(before);
      await world.pass(2_000);
      expect(lives()).to.equal(before + 1);
    });

    it('asks every half minute or so where no stream is to be had', async () => {
      const { fetch } = device.network;
      device.network.fetch = (input, init) =>
        input.includes('/live') ? Promise.reject(new TypeError('blocked')) : fetch(input, init);
      const engine = await open();
      world.server.write('tasks', 'a', { title: 'Polled' });
      await world.pass(40_000);
      expect(titles(engine)).to.deep.equal(['Polled']);
    });
  });
});
