/** What must hold for pulls whatever happens: many worlds each, so in Node only. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { PullEnd, PullPage } from '../../src/protocol/index.js';
import type { Row, SyncEngine, SyncEngineConfig } from '../../src/sync/index.js';
import { World, type Device } from './world/world.js';

interface Task extends Row {
  title: string;
  project?: string;
  likes?: number;
}

const tasks = (engine: SyncEngine) => engine.collection<Task>('tasks');
const titles = (engine: SyncEngine, collection = 'tasks') =>
  engine
    .collection<Task>(collection)
    .query()
    .get()
    .map(({ title }) => title);

let world: World;
let device: Device;

const open = async (
  entities: SyncEngineConfig['entities'] = { tasks: {} },
  on = device,
): Promise<SyncEngine> => {
  const engine = world.tab({ device: on, entities });
  await engine.ready;
  await world.settle();
  return engine;
};

describe('a deleted row', () => {
  it('stays deleted, whatever the order of pages, echoes and resets', async function () {
    this.timeout(60_000);
    const step = fc.oneof(
      fc.record({
        kind: fc.constantFrom('write', 'delete', 'mine', 'undo'),
        key: fc.constantFrom('a', 'b', 'c'),
      }),
      fc.record({
        kind: fc.constantFrom('pull', 'reset', 'reload', 'lose', 'cut'),
        key: fc.constant(''),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        world = new World();
        device = world.device();
        world.server.pullLimit = 2;
        let engine = await open();
        for (const { kind, key } of steps) {
          if (kind === 'write') world.server.write('tasks', key, { title: 'Theirs' });
          if (kind === 'delete' && world.server.row('tasks', key))
            world.server.write('tasks', key, null);
          if (kind === 'mine')
            await tasks(engine)
              .create({ id: key, title: 'Mine' })
              .catch(() => {});
          if (kind === 'undo')
            await tasks(engine)
              .delete(key)
              .catch(() => {});
          if (kind === 'pull') await engine.pull();
          if (kind === 'reset') world.server.expired = true;
          if (kind === 'lose') world.faults.push('drop-response');
          if (kind === 'cut') world.server.cutAfter = 1;
          if (kind === 'reload') {
            await engine.close();
            engine = await open();
          }
        }
        world.server.nextAnswers.length = world.faults.length = 0;
        world.server.cutAfter = null;
        world.server.expired = false;
        for (let round = 0; round < 3; round++) await world.pass(70_000);
        const alive = [...world.server.rows.values()].filter(({ value }) => value);
        const letters = new Set(engine.failed().map((letter) => letter.key));
        const seen = tasks(engine).query().get();
        expect(seen.map(({ id }) => id).filter((id) => !letters.has(id))).to.deep.equal(
          alive
            .map(({ key }) => key)
            .filter((key) => !letters.has(key))
            .sort(),
        );
        await world.end();
      }),
      { numRuns: 10 },
    );
  });
});

describe('a pull with a hole', () => {
  type Line = PullPage | PullEnd;
  const page = (from: number, to: number, collection = 'tasks'): PullPage => ({
    collection,
    from,
    to,
    keys: [`${collection}-${to}`],
    versions: [1],
    values: [{ title: `${to}` }],
    removed: [],
    removedVersions: [],
  });
  const end = (to: number, rows: number): PullEnd => ({
    ...{ cursor: `e1:${to}`, to, rows, more: false, epoch: 'e1', durable: to },
  });
  /** An answer of several stretches that is complete. */
  const answer = fc
    .array(fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((stretches) => {
      let at = 0;
      return stretches.flatMap((ranges): Line[] => {
        const pages = ranges.flatMap(([length, two]) => {
          const range = [at, (at += length)] as const;
          return two ? [page(...range), page(...range, 'notes')] : [page(...range)];
        });
        return [...pages, end(at, pages.length)];
      });
    });
  const damaged = fc
    .tuple(answer, fc.nat(), fc.constantFrom('lose', 'shift', 'go back', 'tell short'))
    .map(([lines, nth, how]) => {
      const pages = lines.flatMap((line, i) => ('keys' in line ? [i] : []));
      if (!pages.length) return null;
      const at = pages[nth % pages.length]!;
      const victim = lines[at] as PullPage;
      // Pages of two collections share a range: one of them alone, moved, is an answer like any other.
      const sameRange = (line: Line): line is PullPage =>
        'keys' in line && line.from === victim.from;
      let next = [...lines];
      if (how === 'lose') next.splice(at, 1);
      if (how === 'shift')
        next = next.map((line) =>
          sameRange(line) ? { ...line, from: line.from + 1, to: line.to + 1 } : line,
        );
      if (how === 'go back')
        next.splice(at + 1, 0, page(Math.max(0, victim.from - 1), victim.from));
      if (how === 'tell short') next[at] = { ...victim, keys: [], versions: [], values: [] };
      return next;
    })
    .filter((lines) => lines !== null);

  const text = (lines: readonly Line[]) =>
    new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const pullOf = async (lines: readonly Line[]) => {
    world = new World();
    device = world.device();
    const engine = await open({ tasks: {}, notes: {} });
    world.server.nextAnswers.push(text(lines));
    const result = await engine.pull();
    return { engine, result };
  };

  it('is taken for what it is: an error, and everything is told anew', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (lines) => {
        const { engine, result } = await pullOf(lines);
        expect(result.errors.map(({ code }) => code)).to.deep.equal(['bad-answer']);
        world.server.write('tasks', 'a', { title: 'True' });
        await world.pass(70_000);
        expect(titles(engine)).to.deep.equal(['True']);
        expect(titles(engine, 'notes')).to.deep.equal([]);
        await world.end();
      }),
      { numRuns: 12 },
    );
  }).timeout(60_000);

  it('is not seen where there is none', async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (lines) => {
        const { engine, result } = await pullOf(lines);
        expect(result.errors).to.deep.equal([]);
        const told = lines.filter((line) => 'keys' in line && line.collection === 'tasks');
        expect(titles(engine)).to.have.length(told.length);
        await world.end();
      }),
      { numRuns: 12 },
    );
  }).timeout(60_000);
});

describe('scopes', () => {
  it('end, whatever happens, with the rows of theirs that the server has', async function () {
    this.timeout(60_000);
    const project = fc.constantFrom('p1', 'p2', 'p3');
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('write', 'write', 'create', 'move'), key, project }),
      fc.record({ kind: fc.constantFrom('add', 'drop'), key, project }),
      fc.record({
        kind: fc.constantFrom('remove', 'offline', 'online', 'reload', 'expire', 'cut', 'settle'),
        key,
        project,
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        world = new World();
        device = world.device();
        world.server.pullLimit = 2;
        let engine = await open({ tasks: { scope: [] } });
        for (const { kind, key, project } of steps) {
          if (kind === 'write') world.server.write('tasks', key, { title: key, project });
          if (kind === 'remove' && world.server.row('tasks', key))
            world.server.write('tasks', key, null);
          if (kind === 'create')
            await tasks(engine)
              .create({ id: key, title: 'Mine', project })
              .catch(() => {});
          if (kind === 'move')
            await tasks(engine)
              .update(key, { project })
              .catch(() => {});
          if (kind === 'add') await engine.scopes.add('tasks', { project });
          if (kind === 'drop') await engine.scopes.drop('tasks', { project });
          if (kind === 'offline') device.online = false;
          if (kind === 'online') device.online = true;
          if (kind === 'expire') world.server.expired = true;
          if (kind === 'cut') world.server.cutAfter = 1;
          if (kind === 'settle') await world.settle();
          if (kind === 'reload') {
            await engine.close();
            engine = await open({ tasks: { scope: [] } });
          }
        }
        device.online = true;
        world.server.cutAfter = null;
        world.server.expired = false;
        for (let round = 0; round < 3; round++) await world.pass(70_000);
        const held = new Set(engine.scopes.list('tasks').map(({ project }) => project));
        const letters = new Set(engine.failed().map((letter) => letter.key));
        const expected = [...world.server.rows.values()].filter(
          ({ key, value }) => value && held.has(value.project as string) && !letters.has(key),
        );
        const seen = tasks(engine).query().get();
        expect(
          seen.filter(({ id, project }) => !letters.has(id) && held.has(project!)),
        ).to.deep.equal(
          expected
            .map(({ key, value }) => ({ id: key, ...value }))
            .sort((a, b) => (a.id < b.id ? -1 : 1)),
        );
        expect(engine.getStatus()).to.include({ pending: 0 });
        await engine.close();
        // The next start lets go of the last that no scope holds.
        engine = await open({ tasks: { scope: [] } });
        const left = tasks(engine).query().get();
        expect(
          left.filter(({ id, project }) => !letters.has(id) && !held.has(project!)),
        ).to.deep.equal([]);
        await world.end();
      }),
      { numRuns: 12 },
    );
  });
});

describe('a server that goes back in time', () => {
  it('counts every change exactly once, whenever it goes back, on two devices', async function () {
    this.timeout(60_000);
    const who = fc.integer({ min: 0, max: 1 });
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('like', 'settle'), who }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom('backup', 'restore', 'restore', 'offline', 'online', 'reload'),
          who,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constantFrom('lose-request', 'lose-answer', 'cut'), who }),
      },
    );
    // What once failed.
    const seeds = [
      'like1 settle1 restore1 cut0 like0 settle0 offline1 like0 like0 settle0 restore0 lose-request1 like0 like1',
      'backup0 like1 like1 like0 cut0 settle0 like1 offline0 like1 cut1 restore0 reload0 like1 restore1 lose-answer0 offline0 settle1',
    ].map((seed): [{ kind: string; who: number }[]] => [
      seed.split(' ').map((text) => ({ kind: text.slice(0, -1), who: Number(text.at(-1)) })),
    ]);
    const entities = { tasks: { fields: { likes: 'counter' } } } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        world = new World();
        world.server.onDisk = false;
        world.server.write('tasks', 'a', { title: 'Counted', likes: 0 });
        let backup = world.server.backup();
        const devices = [world.device(), world.device()];
        const engines = [await open(entities, devices[0]), await open(entities, devices[1])];
        let likes = 0;
        for (const { kind, who } of steps) {
          const mine = tasks(engines[who]!);
          if (kind === 'like') {
            await mine.update('a', { likes: mine.get('a')!.likes! + 1 });
            likes++;
          }
          if (kind === 'settle') await world.pass(2_000);
          if (kind === 'backup') backup = world.server.backup();
          if (kind === 'restore') world.server.restore(backup);
          if (kind === 'offline') devices[who]!.online = false;
          if (kind === 'online') devices[who]!.online = true;
          if (kind === 'lose-request') world.faults.push('drop-request');
          if (kind === 'lose-answer') world.faults.push('drop-response');
          if (kind === 'cut') world.server.cutAfter = 0;
          if (kind === 'reload') {
            await engines[who]!.close();
            engines[who] = await open(entities, devices[who]);
          }
        }
        world.faults.length = 0;
        world.server.cutAfter = null;
        for (const each of devices) each.online = true;
        for (let round = 0; round < 4; round++) await world.pass(70_000);
        expect(world.server.row('tasks', 'a')).to.include({ likes });
        for (const each of engines) {
          expect(tasks(each).get('a')?.likes).to.equal(likes);
          expect(each.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
        }
        await world.end();
      }),
      { numRuns: 6, examples: seeds },
    );
  });
});
