import { expect } from 'chai';
import fc from 'fast-check';
import type { Row, SyncEngine } from '../../src/sync/index.js';
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
});
