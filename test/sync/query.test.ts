import { expect } from 'chai';
import fc from 'fast-check';
import {
  Aliases,
  type Query,
  type Row,
  type SyncEngine,
  type Transport,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

interface Task extends Row {
  title: string;
  rank: number;
  status: string;
}

describe('live queries', () => {
  let world: World;
  let engine: SyncEngine;
  beforeEach(async () => {
    world = new World();
    const device = world.device();
    device.online = false;
    engine = world.tab({ device });
    await engine.ready;
  });
  afterEach(() => world.end());

  const tasks = () => engine.collection<Task>('tasks');
  const range = (count: number) => Array.from({ length: count }, (_, n) => n);
  const task = (id: string, rank: number, status = 'open') => ({ id, title: id, rank, status });

  it('call back with the rows now and after each change, once a turn', async () => {
    await tasks().create(task('a', 1));
    const seen: number[] = [];
    tasks()
      .query({ where: { status: 'open' } })
      .subscribe((rows) => seen.push(rows.length));
    expect(seen).to.deep.equal([1]);
    await Promise.all([1, 2, 3].map((n) => tasks().create(task(`n${n}`, n))));
    expect(seen).to.deep.equal([1, 4]);
  });

  it('say nothing when the change is not theirs', async () => {
    await tasks().create(task('a', 1));
    let calls = 0;
    tasks()
      .query({ where: { status: 'open' } })
      .subscribe(() => calls++);
    await tasks().create(task('b', 2, 'done'));
    expect(calls).to.equal(1);
  });

  it('do not draw again when a write reaches the disk', async () => {
    let calls = 0;
    tasks()
      .query()
      .subscribe(() => calls++);
    await tasks().create(task('a', 1));
    await world.settle();
    expect(calls).to.equal(2);
  });

  it('end with their subscription', async () => {
    let calls = 0;
    const end = tasks()
      .query()
      .subscribe(() => calls++);
    end();
    await tasks().create(task('a', 1));
    expect(calls).to.equal(1);
  });

  it('tell a row once that was created before and changed after they were subscribed, in one turn', async () => {
    void tasks().create(task('a', 1));
    let last: readonly Task[] = [];
    tasks()
      .query()
      .subscribe((rows) => (last = rows));
    await tasks().update('a', { rank: 2 });
    expect(last).to.deep.equal([task('a', 2)]);
  });

  it('bring changes of this very turn when asked', () => {
    const query = tasks().query();
    query.subscribe(() => {});
    void tasks().create(task('a', 1));
    expect(query.get()).to.have.length(1);
  });

  it('are the same object for equal queries', () => {
    const query = { where: { status: 'open' }, limit: 3 };
    expect(tasks().query({ ...query })).to.equal(tasks().query({ ...query }));
    expect(tasks().query({ ...query, limit: 4 })).not.to.equal(tasks().query(query));
  });

  it('keep to what was asked, whatever the app does to the object it asked with', async () => {
    const where = { status: 'open' };
    const query = tasks().query({ where });
    where.status = 'done';
    await tasks().create(task('a', 1));
    expect(query.get()).to.have.length(1);
    expect(tasks().query({ where }).get()).to.have.length(0);
  });

  it('take dates and bounds without end', async () => {
    const notes = engine.collection<{ id: string; due: string; size: number }>('tasks');
    await notes.create({ id: 'a', due: new Date(5).toISOString(), size: 5 });
    const { length: due } = notes.query({ where: { due: { $lte: new Date(5) as never } } }).get();
    const { length: size } = notes.query({ where: { size: { $lt: Infinity } } }).get();
    expect([due, size]).to.deep.equal([1, 1]);
  });

  it('give the same array until something in it changes, subscribed or not', async () => {
    await tasks().create(task('a', 1));
    const query = tasks().query({ where: { status: 'open' } });
    const rows = query.get();
    await tasks().create(task('b', 1, 'done'));
    expect(query.get()).to.equal(rows);
    const end = query.subscribe(() => {});
    expect(query.get()).to.equal(rows);
    end();
    expect(query.get()).to.equal(rows);
    await tasks().update('a', { rank: 2 });
    expect(query.get()).not.to.equal(rows);
  });

  it('tell nobody while somebody asks: that waits for the end of the turn', async () => {
    const query = tasks().query();
    const seen: number[] = [];
    query.subscribe((rows) => seen.push(rows.length));
    void tasks().create(task('a', 1));
    expect(query.get()).to.have.length(1);
    expect(seen).to.deep.equal([0]);
    await Promise.resolve();
    expect(seen).to.deep.equal([0, 1]);
  });

  it('tell a late subscriber of the same turn once, and the earlier one too', async () => {
    const seen: string[] = [];
    tasks()
      .query()
      .subscribe((rows) => seen.push(`early ${rows.length}`));
    void tasks().create(task('a', 1));
    tasks()
      .query()
      .subscribe((rows) => seen.push(`late ${rows.length}`));
    await Promise.resolve();
    expect(seen).to.deep.equal(['early 0', 'late 1', 'early 1']);
  });

  it('take a value for what it is: absent, empty and text are not 0 nor false', async () => {
    const rows = engine.collection('tasks');
    await rows.createMany([
      { id: 'absent' },
      { id: 'empty', n: '', done: '' },
      { id: 'null', n: null, done: null },
      { id: 'text', n: '0', done: 'false' },
      { id: 'zero', n: 0, done: false },
    ] as Row[]);
    const ids = (where: Query<Row>['where']) =>
      rows
        .query({ where })
        .get()
        .map(({ id }) => id);
    expect(ids({ n: 0 })).to.deep.equal(['zero']);
    expect(ids({ n: { $lt: 3 } })).to.deep.equal(['zero']);
    expect(ids({ n: '0' })).to.deep.equal(['text']);
    expect(ids({ done: false })).to.deep.equal(['zero']);
    expect(ids({ n: null })).to.deep.equal(['absent', 'null']);
  });

  it('go on for the others when a subscriber throws, and report it', async () => {
    const { onerror } = globalThis;
    const { error } = console;
    console.error = () => {};
    const errors: string[] = [];
    globalThis.onerror = (_event, _source, _line, _column, thrown) => {
      errors.push(String(thrown));
      return true;
    };
    const seen: number[] = [];
    tasks()
      .query()
      .subscribe((rows) => {
        throw new Error(`no room for ${rows.length}`);
      });
    tasks()
      .query()
      .subscribe((rows) => seen.push(rows.length));
    await tasks().create(task('a', 1));
    await world.settle();
    globalThis.onerror = onerror;
    console.error = error;
    expect(seen).to.deep.equal([0, 1]);
    expect(errors).to.deep.equal(['Error: no room for 0', 'Error: no room for 1']);
  });

  it('let a subscriber end its own subscription and another’s while it is called', async () => {
    const seen: string[] = [];
    const ends: (() => void)[] = [];
    for (const name of ['one', 'other'])
      ends.push(
        tasks()
          .query()
          .subscribe((rows) => {
            seen.push(`${name} ${rows.length}`);
            if (rows.length) for (const end of ends) end();
          }),
      );
    await tasks().create(task('a', 1));
    await tasks().create(task('b', 1));
    expect(seen).to.deep.equal(['one 0', 'other 0', 'one 1']);
  });

  it('end with a signal', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const { signal } = controller;
    tasks()
      .query()
      .subscribe((rows) => seen.push(rows.length), { signal });
    await tasks().create(task('a', 1));
    controller.abort();
    await tasks().create(task('b', 1));
    tasks()
      .query()
      .subscribe((rows) => seen.push(rows.length), { signal });
    expect(seen).to.deep.equal([0, 1]);
  });

  it('fill a window up from behind when its rows go', async () => {
    await Promise.all(range(100).map((n) => tasks().create(task(`t${n}`, n))));
    const query = tasks().query({ orderBy: 'rank', limit: 2, offset: 1 });
    const seen: string[] = [];
    query.subscribe((rows) => seen.push(rows.map(({ rank }) => rank).join()));
    // One by one: what is spared runs out, and what comes behind all of it must not slip in.
    for (const n of range(10)) await tasks().delete(`t${n}`);
    await tasks().create(task('last', 200));
    for (const n of range(90).slice(10)) await tasks().delete(`t${n}`);
    expect(seen).to.deep.equal(range(91).map((n) => `${n + 1},${n + 2}`));
  });

  it('sort by several members, each up or down', async () => {
    const rows = [task('a', 2, 'open'), task('b', 1, 'open'), task('c', 2, 'done')];
    await Promise.all(rows.map((row) => tasks().create(row)));
    const ids = (...orderBy: ('rank' | '-rank' | 'status' | '-status')[]) =>
      tasks()
        .query({ orderBy })
        .get()
        .map(({ id }) => id)
        .join('');
    expect(ids('-rank', 'status')).to.equal('cab');
    expect(ids('status', 'rank')).to.equal('cba');
    expect(ids('-status', '-rank')).to.equal('abc');
  });

  it('are empty for whoever signs in next, also where a row was being deleted', async () => {
    const device = world.device();
    world.server.write('tasks', 'a', { title: 'A', rank: 1, status: 'open' });
    world.server.write('tasks', 'b', { title: 'B', rank: 2, status: 'open' });
    const tab = world.tab({ device });
    await world.settle();
    device.online = false;
    const seen: string[] = [];
    const query = tab.collection<Task>('tasks').query();
    query.subscribe((rows) => seen.push(rows.map(({ id }) => id).join()));
    await tab.collection('tasks').delete('a');
    await tab.setUser('next');
    expect(seen).to.deep.equal(['a,b', 'b', '']);
  });

  it('watch one row: made, changed, deleted', async () => {
    const seen: (number | undefined)[] = [];
    const one = tasks().observe('a');
    const end = one.subscribe((row) => seen.push(row?.rank));
    await tasks().create(task('b', 5));
    await tasks().create(task('a', 1));
    await tasks().update('a', { rank: 2 });
    expect(one.get()).to.equal(tasks().get('a'));
    await tasks().delete('a');
    end();
    await tasks().create(task('a', 9));
    expect(seen).to.deep.equal([undefined, 1, 2, undefined]);
  });

  it('watch a row on when the server gives it another id', async () => {
    const transport: Transport = {
      aliases: (...how) => new Aliases(...how),
      push: async (mutations) =>
        mutations.map(({ id }, i) => ({ id, outcome: 'applied', version: i + 1, key: 'theirs' })),
      async *pull() {
        yield { cursor: '1', to: 1, more: false, epoch: 'e', durable: 1 };
      },
    };
    const tab = world.tab({ transport });
    await tab.ready;
    const rows = tab.collection<Task>('tasks');
    const seen: unknown[] = [];
    rows.observe('mine').subscribe((row) => seen.push(row && [row.id, row.rank]));
    await rows.create(task('mine', 1)).synced;
    await rows.update('theirs', { rank: 2 });
    expect(seen).to.deep.equal([undefined, ['mine', 1], ['theirs', 1], ['theirs', 2]]);
    expect(rows.observe('mine').get()).to.deep.include({ id: 'theirs', rank: 2 });
  });

  it('give what a filter and a sort from scratch give, after every sequence of changes', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const change = fc.record({
      id,
      rank: fc.integer({ min: 0, max: 4 }),
      status: fc.constantFrom('open', 'done'),
      remove: fc.boolean(),
      pause: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 30 }),
        fc.constantFrom('rank', '-rank', undefined),
        fc.constantFrom(undefined, 3),
        async (changes, orderBy, limit) => {
          for (const row of tasks().query().get()) void tasks().delete(row.id);
          const query = tasks().query({
            where: { status: 'open' },
            ...(orderBy && { orderBy }),
            ...(limit && { limit }),
          });
          let last: readonly Task[] = [];
          const end = query.subscribe((rows) => (last = rows));
          const writes: Promise<unknown>[] = [];
          for (const { id, rank, status, remove, pause } of changes) {
            const exists = tasks().get(id) !== undefined;
            if (remove && exists) writes.push(tasks().delete(id));
            else if (exists) writes.push(tasks().update(id, { rank, status }));
            else if (!remove) writes.push(tasks().create(task(id, rank, status)));
            if (pause) await Promise.resolve();
          }
          await Promise.all(writes);
          const sign = orderBy === '-rank' ? -1 : 1;
          const expected = tasks()
            .query()
            .get()
            .filter((row) => row.status === 'open')
            .sort((a, b) => {
              const order = orderBy ? a.rank - b.rank : 0;
              return sign * (order || (a.id < b.id ? -1 : 1));
            })
            .slice(0, limit);
          end();
          expect(last).to.deep.equal(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('hands out rows that can’t be changed by accident', async () => {
    const tab = world.tab({ entities: { tasks: {} } });
    await tab.ready;
    await tab.collection('tasks').create({ id: 'a', tags: ['one'], inner: { n: 1 } });
    const row = tab.collection('tasks').get('a') as unknown as {
      tags: string[];
      inner: { n: number };
    };
    expect(() => row.tags.push('two')).to.throw(TypeError);
    expect(() => (row.inner.n = 2)).to.throw(TypeError);
    const [found] = tab.collection('tasks').query().get() as unknown as (typeof row)[];
    expect(() => (found!.inner = { n: 3 })).to.throw(TypeError);
  });
});
