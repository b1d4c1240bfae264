import { expect } from 'chai';
import { problem } from '../../src/protocol/index.js';
import {
  bytelystTransport,
  type Row,
  type SyncEngine,
  type Transport,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
  done?: boolean;
  note?: string;
}

describe('talking to the server', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

  it('applies a mutation once when the answer to it was lost', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.faults.push('drop-response');
    const id = await tasks(engine).create({ title: 'Once' });
    await world.settle();
    expect(engine.getStatus()).to.include({ status: 'offline', pending: 1 });
    await world.pass(60_000);
    expect(engine.getStatus()).to.include({ status: 'idle', pending: 0 });
    expect(world.server.applied).to.deep.equal([`create ${id}`]);
    expect(tasks(engine).get(id)).to.deep.equal({ id, title: 'Once' });
  });

  it('never changes a mutation that is in flight: a later write waits behind it', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.faults.push('drop-response');
    const id = await tasks(engine).create({ title: 'First' });
    await world.settle();
    await tasks(engine).update(id, { title: 'Second' });
    expect(engine.getQueueLength()).to.equal(2);
    await world.pass(60_000);
    expect(world.server.applied).to.deep.equal([`create ${id}`, `update ${id}`]);
    expect(world.server.row('tasks', id)).to.deep.equal({ title: 'Second' });
  });

  it('waits as long as the server asks', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.server.nextAnswers.push(
      Response.json(problem('unavailable'), { status: 503, headers: { 'retry-after': '120' } }),
    );
    await tasks(engine).create({ title: 'Patience' });
    await world.settle();
    expect(engine.getStatus()).to.include({ status: 'error', pending: 1 });
    await world.pass(119_000);
    expect(world.server.applied).to.deep.equal([]);
    await world.pass(2_000);
    expect(world.server.applied).to.have.length(1);
    expect(engine.getStatus()).to.include({ status: 'idle', pending: 0, lastError: null });
  });

  it('keeps what the server refuses as a dead letter that can be sent again or given up', async () => {
    const engine = world.tab();
    world.server.refuse = ({ value }) => value?.title === '';
    const bad = tasks(engine).create({ id: 'bad', title: '' });
    await tasks(engine).create({ id: 'good', title: 'Fine' });
    const error: unknown = await bad.synced.catch((e: unknown) => e);
    expect(error).to.have.property('code', 'rejected');
    await world.settle();
    expect(world.server.row('tasks', 'good')).to.deep.equal({ title: 'Fine' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 1 });
    const [letter] = engine.failed();
    expect(letter).to.deep.include({ entity: 'tasks', key: 'bad', operation: 'create' });
    expect(letter!.problem.detail).to.equal('The title is missing.');

    world.server.refuse = () => false;
    await engine.reprocessFailed(letter!.id);
    await world.settle();
    expect(world.server.row('tasks', 'bad')).to.deep.equal({ title: '' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('goes back to the server’s row when a dead letter is discarded', async () => {
    world.server.write('tasks', 'a', { title: 'Theirs' });
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.server.refuse = () => true;
    await tasks(engine).update('a', { title: '' });
    await world.settle();
    expect(tasks(engine).get('a')?.title).to.equal('');
    await engine.discard(engine.failed()[0]!.id);
    expect(tasks(engine).get('a')?.title).to.equal('Theirs');
  });

  it('keeps a deletion for the user when it gave up on the creation, which may have arrived', async () => {
    const engine = world.tab({ maxRetries: 1 });
    await engine.ready;
    await world.settle();
    world.faults.push('drop-response');
    await engine.collection('tasks').create({ id: 'a', title: 'x' });
    await world.settle();
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'x' });
    await engine.collection('tasks').delete('a');
    let busy = true;
    const { server } = world;
    server.answer = ({ id }) =>
      busy ? { id, outcome: 'rejected', problem: problem('unavailable') } : undefined;
    await world.pass(60_000);
    busy = false;
    expect(engine.failed().map(({ operation }) => operation)).to.deep.equal(['create']);
    expect(engine.getStatus()).to.include({ pending: 1, failed: 1 });
    expect(engine.collection('tasks').get('a')).to.equal(undefined);
    await engine.reprocessFailed();
    await world.pass(10_000);
    expect(world.server.row('tasks', 'a')).to.equal(null);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  describe('a proxy that takes one write for too large', () => {
    let engine: SyncEngine;
    const refuse = (times: number) => {
      world.server.onPush = () => {
        if (times-- > 0) world.server.nextAnswers.push(new Response('too large', { status: 413 }));
      };
    };
    beforeEach(async () => {
      engine = world.tab({ entities: { tasks: { conflictStrategy: 'server-wins' } } });
      await engine.ready;
      await world.settle();
    });

    it('is not believed at once: the write may have arrived before', async () => {
      world.faults.push('drop-response');
      await tasks(engine).create({ id: 'a', title: 'x' });
      await world.settle();
      await tasks(engine).update('a', { title: 'y' });
      refuse(1);
      await world.pass(120_000);
      expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'y' });
      expect(engine.getStatus()).to.include({ status: 'idle', pending: 0, failed: 0 });
    });

    it('is believed when it keeps saying so', async () => {
      refuse(100);
      await tasks(engine).create({ id: 'large', title: 'x' });
      await world.pass(1_000);
      expect(engine.getStatus()).to.include({ status: 'error', pending: 1 });
      expect(engine.getStatus().lastError).to.include({ code: 'busy' });
      await world.pass(120_000);
      expect(engine.failed().map(({ problem }) => problem.status)).to.deep.equal([413]);
      expect(engine.getStatus()).to.include({ status: 'idle', pending: 0, failed: 1 });
    });
  });

  describe('a creation that had arrived, was given up on, and whose row somebody deleted', () => {
    let engine: SyncEngine;
    let says: 'unavailable' | 'payload-too-large';
    beforeEach(async () => {
      engine = world.tab();
      await engine.ready;
      await world.settle();
      world.faults.push('drop-response');
      await tasks(engine).create({ id: 'a', title: 'x' });
      await world.settle();
      expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'x' });
      // A proxy in the server’s place.
      world.server.answer = ({ id }) => ({ id, outcome: 'rejected', problem: problem(says) });
    });

    const staysDeleted = async (rest: Partial<Row & { title: string; note: string }>) => {
      world.server.answer = () => undefined;
      await world.pass(60_000);
      expect(world.server.row('tasks', 'a')).to.equal(null);
      expect(engine.getStatus()).to.include({ pending: 0, failed: 1 });
      const [letter] = engine.failed();
      expect(letter).to.deep.include({ operation: 'create', data: { id: 'a', ...rest } });
      expect(letter!.problem.code).to.equal('not-found');
      await engine.reprocessFailed(letter!.id);
      await world.pass(10_000);
      expect(world.server.row('tasks', 'a')).to.deep.equal(rest);
    };

    it('does not bring it back when it is changed', async () => {
      says = 'payload-too-large';
      world.server.write('tasks', 'a', null);
      await world.pass(60_000);
      expect(engine.failed()).to.have.length(1);
      await tasks(engine)
        .update('a', { note: 'more' })
        .catch(() => {});
      await staysDeleted({ title: 'x' });
    });

    it('does not bring it back with a change that waited behind it', async () => {
      says = 'unavailable';
      await tasks(engine).update('a', { note: 'more' });
      world.server.write('tasks', 'a', null);
      await world.pass(60_000);
      says = 'payload-too-large';
      await world.pass(60_000);
      await staysDeleted({ title: 'x', note: 'more' });
    });
  });

  it('deletes a row whose creation it gave up on: it may have arrived', async () => {
    const engine = world.tab({ maxRetries: 1 });
    await engine.ready;
    await world.settle();
    // A gateway that gives up on the server, which does what it is asked to all the same.
    world.server.forbidden.add('tasks');
    world.faults.push('drop-response');
    await tasks(engine).create({ id: 'a', title: 'x' });
    await world.settle();
    world.server.onPush = () => world.server.nextAnswers.push(new Response('', { status: 502 }));
    await world.pass(60_000);
    world.server.onPush = () => {};
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'x' });
    const failed = () => engine.failed().map(({ operation, problem }) => [operation, problem.code]);
    expect(failed()).to.deep.equal([['create', 'unavailable']]);
    const deletion = tasks(engine).delete('a');
    await deletion;
    world.server.forbidden.clear();
    await world.pass(120_000);
    await deletion.synced;
    expect(failed()).to.deep.equal([]);
    expect(tasks(engine).get('a')).to.equal(undefined);
    expect(world.server.row('tasks', 'a')).to.equal(null);
  });

  it('gives up with a write all that was written on it', async () => {
    const engine = world.tab({ maxRetries: 0 });
    await engine.ready;
    await tasks(engine).create({ id: 'a', title: 'One' });
    await world.settle();
    const told: string[] = [];
    engine.on('dead-letter', ({ key }) => void told.push(key));
    const giveUp = async () => {
      world.server.nextAnswers.push(new Response('', { status: 503 }));
      await tasks(engine).update('a', { title: 'Two' });
      await tasks(engine).update('a', { title: 'Three' });
      while (!engine.failed().length) await world.pass(500);
    };
    await giveUp();
    await world.pass(60_000);
    expect(engine.getStatus()).to.include({ pending: 1, failed: 1 });
    await engine.discard(engine.failed()[0]!.id);
    expect(tasks(engine).get('a')!.title).to.equal('One');
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
    await giveUp();
    world.server.nextAnswers.push(new Response('', { status: 503 }));
    await engine.reprocessFailed();
    await world.pass(60_000);
    expect(told, 'once each time').to.deep.equal(['a', 'a', 'a']);
    await tasks(engine).update('a', { note: 'More' });
    await world.pass(60_000);
    expect(world.server.row('tasks', 'a')).to.deep.equal({ title: 'Three', note: 'More' });
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('makes a dead letter of a write that was refused `maxRetries` times', async () => {
    const engine = world.tab({ maxRetries: 2 });
    await engine.ready;
    await world.settle();
    for (let i = 0; i < 3; i++)
      world.server.nextAnswers.push(Response.json(problem('internal'), { status: 500 }));
    await tasks(engine).create({ title: 'Unlucky' });
    await world.pass(30_000);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 1 });
  });

  it('halves a batch that is too large until it fits', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    await Promise.all([1, 2, 3, 4].map((n) => tasks(engine).create({ title: `${n}` })));
    world.server.nextAnswers.push(Response.json(problem('payload-too-large'), { status: 413 }));
    const pulls = world.server.requests.length;
    device.online = true;
    await world.pass(1_000);
    expect(world.server.applied).to.have.length(4);
    expect(world.server.requests.slice(pulls)).to.include('POST /sync/push');
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('pauses when the session has ended, and goes on after a new one', async () => {
    let signedIn: () => void = () => {};
    const engine = world.tab({
      onAuthRequired: () => new Promise<void>((done) => (signedIn = done)),
    });
    await engine.ready;
    await world.settle();
    world.server.nextAnswers.push(Response.json(problem('unauthenticated'), { status: 401 }));
    await tasks(engine).create({ title: 'Later' });
    await world.pass(300_000);
    expect(engine.getStatus()).to.include({ status: 'paused', pending: 1 });
    signedIn();
    await world.settle();
    expect(engine.getStatus()).to.include({ status: 'idle', pending: 0 });
  });

  it('does not believe an answer that breaks the protocol', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.server.nextAnswers.push(new Response('<html>Sign in</html>'));
    await tasks(engine).create({ title: 'Captive portal' });
    await world.settle();
    expect(engine.getStatus()).to.include({ status: 'error', pending: 1 });
    expect(engine.getStatus().lastError).to.include({ code: 'bad-answer' });
    await world.pass(60_000);
    expect(engine.getStatus()).to.include({ status: 'idle', pending: 0 });
  });

  it('sends events apart from rows, so that neither holds the other back', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.server.nextAnswers.push(Response.json(problem('unavailable'), { status: 503 }));
    await engine.collection('conversions').create({ id: 'c1', name: 'buy', unit: 'u', at: 1 });
    await world.settle();
    await tasks(engine).create({ id: 't', title: 'Still goes' });
    await world.settle();
    expect(world.server.row('tasks', 't')).to.deep.equal({ title: 'Still goes' });
    await world.pass(60_000);
    expect(world.server.events.get('c1')).to.include({ type: 'conversion', name: 'buy' });
  });

  it('keeps accepted exposures and forgets accepted conversions', async () => {
    const engine = world.tab();
    await engine.collection('exposures').create({ id: 'e1', unit: 'u' });
    await engine.collection('conversions').create({ id: 'c1', unit: 'u' });
    await world.settle();
    expect(world.server.events.size).to.equal(2);
    expect(engine.collection('exposures').get('e1')).to.include({ unit: 'u' });
    expect(engine.collection('conversions').get('c1')).to.equal(undefined);
  });

  it('answers flush, pull and fullSync with what they did', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    await tasks(engine).create({ title: 'One' });
    expect(await engine.flush()).to.deep.include({ success: false, pushed: 0 });
    world.server.write('tasks', 'theirs', { title: 'Two' });
    device.online = true;
    const result = await engine.fullSync();
    expect(result).to.include({ success: true, pushed: 1, conflicts: 0 });
    expect(result.errors).to.deep.equal([]);
    expect(tasks(engine).get('theirs')?.title).to.equal('Two');
    expect((await engine.pull()).success).to.equal(true);
  });

  it('pushes, deletes and clears the queue by the names of the earlier engine', async () => {
    const device = world.device();
    device.online = false;
    const engine = world.tab({ device });
    await engine.push('tasks', { id: 'a', title: 'A' }, 'create');
    await engine.push('tasks', { id: 'a', title: 'B' }, 'update');
    expect(tasks(engine).get('a')?.title).to.equal('B');
    await engine.push('tasks', { id: 'b', title: 'C' }, 'create');
    await engine.delete('tasks', 'b');
    expect(engine.getQueueLength()).to.equal(1);
    await engine.clearQueue();
    expect(engine.getQueueLength()).to.equal(0);
    expect(tasks(engine).query().get()).to.deep.equal([]);
  });

  it('sends the token it is given, asked anew for every request', async () => {
    const seen: (string | null)[] = [];
    const device = world.device();
    const { fetch } = device.network;
    let n = 0;
    const engine = world.tab({
      device,
      transport: bytelystTransport({ url: '/v1', token: () => `t${++n}` }),
      ports: {
        network: {
          ...device.network,
          fetch: (input, init) => {
            seen.push(new Headers(init?.headers).get('authorization'));
            return fetch(input, init);
          },
        },
      },
    });
    await tasks(engine).create({ title: 'x' });
    await world.settle();
    expect(seen.length).to.be.greaterThan(1);
    expect(new Set(seen).size).to.equal(seen.length);
    expect(seen[0]).to.match(/^Bearer t\d$/);
  });
});

describe('pulling', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');

  it('brings rows in several pages and goes on from its cursor', async () => {
    for (let i = 0; i < 25; i++) world.server.write('tasks', `t${i}`, { title: `${i}` });
    world.server.pullLimit = 10;
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    expect(tasks(engine).query().get()).to.have.length(25);
    world.server.write('tasks', 't3', { title: 'changed' });
    world.server.write('tasks', 't4', null);
    await world.settle();
    expect(tasks(engine).get('t3')?.title).to.equal('changed');
    expect(tasks(engine).get('t4')).to.equal(undefined);
  });

  it('shows another device’s change without being asked, by the live stream', async () => {
    const [one, two] = [world.tab(), world.tab()];
    await Promise.all([one.ready, two.ready]);
    await world.settle();
    await tasks(one).create({ id: 'a', title: 'Hello' });
    await world.settle();
    expect(tasks(two).get('a')).to.deep.equal({ id: 'a', title: 'Hello' });
  });

  it('opens the live stream again when it ended, and makes up for what it missed', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    world.server.endStreams();
    world.server.write('tasks', 'a', { title: 'Missed' });
    await world.pass(2_000);
    expect(tasks(engine).get('a')?.title).to.equal('Missed');
  });

  it('rebuilds after a reset: what is gone goes, what is pending stays', async () => {
    world.server.write('tasks', 'old', { title: 'Old' });
    const device = world.device();
    const engine = world.tab({ device });
    await engine.ready;
    await world.settle();
    expect(tasks(engine).get('old')?.title).to.equal('Old');
    device.online = false;
    await tasks(engine).create({ id: 'mine', title: 'Mine' });
    // The server is restored from a backup in which nothing was yet.
    world.server.rows.clear();
    world.server.epoch = 'e2';
    world.server.seq = 0;
    world.server.write('tasks', 'new', { title: 'New' });
    device.online = true;
    await world.pass(5_000);
    const titles = tasks(engine).query({ orderBy: 'title' }).get();
    expect(titles.map(({ title }) => title)).to.deep.equal(['Mine', 'New']);
    expect(world.server.row('tasks', 'mine')).to.deep.equal({ title: 'Mine' });
  });

  it('rebuilds over several answers, each of them bounded', async () => {
    for (let i = 0; i < 5; i++) world.server.write('tasks', `t${i}`, { title: `${i}` });
    const whole = bytelystTransport({ url: '/v1' });
    const transport: Transport = {
      ...whole,
      async *pull(...asked) {
        for await (const line of whole.pull(...asked)) {
          yield line;
          if ('cursor' in line) return;
        }
      },
    };
    const engine = world.tab({ transport });
    await engine.ready;
    await world.settle();
    world.server.pullLimit = 2;
    world.server.write('tasks', 't5', { title: '5' });
    world.server.rows.delete('tasks/t0');
    world.server.nextAnswers.push(new Response('{"reset":true,"reason":"expired"}\n'));
    void engine.pull();
    await world.settle();
    expect(
      tasks(engine)
        .query()
        .get()
        .map(({ title }) => title)
        .join(''),
    ).to.equal('12345');
    expect(engine.getStatus()).to.include({ status: 'idle', lastError: null });
  });

  it('resyncs rather than skip a row when the server’s ranges have a hole', async () => {
    const engine = world.tab();
    await engine.ready;
    await world.settle();
    const page = {
      collection: 'tasks',
      from: 7,
      to: 9,
      keys: [],
      versions: [],
      values: [],
      removed: ['x'],
    };
    const end = { cursor: 'e1:9', to: 9, more: false, epoch: 'e1', durable: 9 };
    world.server.nextAnswers.push(
      new Response(`${JSON.stringify(page)}\n${JSON.stringify(end)}\n`),
    );
    const result = await engine.pull();
    expect(result.errors[0]).to.include({ code: 'bad-answer' });
    world.server.write('tasks', 'a', { title: 'Not skipped' });
    await world.pass(60_000);
    expect(tasks(engine).get('a')?.title).to.equal('Not skipped');
  });

  it('is waited for no longer than it may take, whatever the transport makes of the signal', async () => {
    const never = () => new Promise<never>(() => {});
    const deaf: Transport = {
      push: never,
      async *pull() {
        yield await never();
      },
    };
    const tab = world.tab({ transport: deaf });
    await tab.collection('tasks').create({ id: 'a' });
    const turn = () => new Promise((done) => setTimeout(done, 20));
    await turn();
    expect(tab.getStatus().status).to.equal('syncing');
    for (const end = world.clock.now() + 46_000; world.clock.runNext(end);) await turn();
    expect(tab.getStatus().lastError?.code).to.equal('timeout');
    const flushed = tab.flush();
    await turn();
    await tab.close();
    expect((await flushed).success).to.equal(false);
  });
});
