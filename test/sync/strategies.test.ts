import { expect } from 'chai';
import type { ConflictStrategy, Row, SyncEngine } from '../../src/sync/index.js';
import { World } from './world/world.js';

type Content = Record<string, string>;
type Side = Content | null;

/** A device and somebody else do something to one row, apart; then they meet. */
interface Meeting {
  what: string;
  /** The row that both knew, what this device did to it, and somebody else. */
  base: Side;
  mine: Side;
  theirs: Side;
  /** By strategy: what the row becomes everywhere, and where ours went if it is not in there. */
  becomes: Record<
    Strategy,
    [row: Side, ours?: 'not-found' | 'conflict' | 'already-exists' | 'parked']
  >;
}

const strategies = {
  merge: 'merge',
  'last-write-wins': 'last-write-wins',
  'client-wins': 'client-wins',
  'server-wins': 'server-wins',
  manual: 'manual',
  function: ({ local, remote }) =>
    local && remote ? ({ ...remote, title: 'Agreed' } as Row) : (local ?? remote),
} satisfies Record<string, ConflictStrategy>;
type Strategy = keyof typeof strategies;

const start = { title: 'Start', note: 'Start' };
const mine = { title: 'Mine', note: 'Start' };
const theirs = { title: 'Theirs', note: 'Theirs' };

const meetings: Meeting[] = [
  {
    what: 'an edit and an edit of other members',
    base: start,
    mine,
    theirs: { ...start, note: 'Theirs' },
    becomes: everywhere({ title: 'Mine', note: 'Theirs' }),
  },
  {
    what: 'an edit and the same edit',
    base: start,
    mine,
    theirs: mine,
    becomes: everywhere(mine),
  },
  {
    what: 'an edit and an edit of the same member',
    base: start,
    mine,
    theirs,
    becomes: {
      merge: [{ title: 'Mine', note: 'Theirs' }],
      'last-write-wins': [{ title: 'Mine', note: 'Theirs' }],
      'client-wins': [{ title: 'Mine', note: 'Theirs' }],
      'server-wins': [theirs],
      manual: [theirs, 'parked'],
      function: [{ title: 'Agreed', note: 'Theirs' }],
    },
  },
  {
    what: 'an edit and a deletion',
    base: start,
    mine,
    theirs: null,
    becomes: {
      merge: [null, 'not-found'],
      'last-write-wins': [null, 'not-found'],
      'client-wins': [mine],
      'server-wins': [null],
      manual: [null, 'parked'],
      function: [mine],
    },
  },
  {
    what: 'a deletion and an edit',
    base: start,
    mine: null,
    theirs,
    becomes: {
      merge: [theirs, 'conflict'],
      'last-write-wins': [null],
      'client-wins': [null],
      'server-wins': [theirs],
      manual: [theirs, 'parked'],
      function: [theirs],
    },
  },
  {
    what: 'a deletion and a deletion',
    base: start,
    mine: null,
    theirs: null,
    becomes: everywhere(null),
  },
  {
    what: 'two new rows under one id',
    base: null,
    mine: { title: 'Mine', extra: 'Mine' },
    theirs,
    becomes: {
      merge: [theirs, 'already-exists'],
      'last-write-wins': [{ title: 'Mine', extra: 'Mine' }],
      'client-wins': [{ title: 'Mine', extra: 'Mine' }],
      'server-wins': [theirs],
      manual: [theirs, 'parked'],
      function: [{ title: 'Agreed', note: 'Theirs' }],
    },
  },
  {
    what: 'two equal new rows under one id',
    base: null,
    mine,
    theirs: mine,
    becomes: everywhere(mine),
  },
];

describe('conflict strategies', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const rows = (engine: SyncEngine) => engine.collection<Row & Content>('rows');

  const apart = async ({ base, mine, theirs }: Meeting, strategy: Strategy) => {
    const entities = { rows: { conflictStrategy: strategies[strategy] } };
    const device = world.device();
    if (base) world.server.write('rows', 'r', base);
    const engine = world.tab({ device, entities });
    const other = world.tab({ entities });
    await Promise.all([engine.ready, other.ready]);
    await world.settle();
    device.online = false;
    const collection = rows(engine);
    const write = !base
      ? collection.create({ id: 'r', ...mine })
      : mine
        ? collection.update('r', { title: mine['title']! })
        : collection.delete('r');
    await write;
    world.server.write('rows', 'r', theirs);
    return { engine, other, device, write };
  };

  for (const meeting of meetings)
    for (const strategy of Object.keys(strategies) as Strategy[]) {
      const [row, ours] = meeting.becomes[strategy];
      const end = ours ? `ours is ${ours === 'parked' ? ours : 'a dead letter'}` : 'all is settled';
      it(`${strategy}: of ${meeting.what}, ${row ? JSON.stringify(row) : 'no row'} is left and ${end}`, async () => {
        const { engine, other, device, write } = await apart(meeting, strategy);
        device.online = true;
        await world.pass(3_000);
        expect(world.server.row('rows', 'r'), 'server').to.deep.equal(row);
        expect(rows(other).get('r') ?? null, 'other device').to.deep.equal(
          row && { ...row, id: 'r' },
        );
        const parked = ours === 'parked';
        expect(engine.getStatus()).to.include({
          pending: 0,
          conflicts: parked ? 1 : 0,
          failed: ours && !parked ? 1 : 0,
        });
        if (!parked)
          expect(rows(engine).get('r') ?? null, 'here').to.deep.equal(row && { ...row, id: 'r' });
        if (ours && !parked) {
          expect(engine.failed()[0]!.problem.code).to.equal(ours);
          const refused: unknown = await write.synced.catch((error: unknown) => error);
          expect(refused).to.have.property('code', 'rejected');
        }
      });

      if (ours && ours !== 'parked')
        it(`${strategy}: a dead letter of ${meeting.what} takes what is in dispute when it is sent again`, async () => {
          const { engine, device } = await apart(meeting, strategy);
          device.online = true;
          await world.pass(3_000);
          await engine.reprocessFailed();
          await world.settle();
          expect(world.server.row('rows', 'r'), 'all were meant').to.deep.equal(row);
          await engine.reprocessFailed(engine.failed()[0]!.id);
          await world.settle();
          expect(world.server.row('rows', 'r'), 'this one was meant').to.deep.equal(meeting.mine);
          expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
        });

      if (ours === 'parked')
        for (const side of ['local', 'remote'] as const)
          it(`${strategy}: ${meeting.what} ends with “${side}”, chosen on a reloaded device, also over later writes`, async () => {
            const { engine: first, device, other } = await apart(meeting, strategy);
            device.online = true;
            await world.pass(3_000);
            if (meeting.mine) await rows(first).update('r', { later: 'Here' });
            await first.close();
            const engine = world.tab({
              device,
              entities: { rows: { conflictStrategy: strategies[strategy] } },
            });
            await engine.ready;
            await world.settle();
            const [conflict] = engine.conflicts();
            const withId = (content: Side) => content && { ...content, id: 'r' };
            expect(conflict!.remote).to.deep.equal(withId(meeting.theirs));
            expect(rows(engine).get('r') ?? null).to.deep.equal(conflict!.local);
            if (meeting.mine) expect(conflict!.local).to.include({ title: 'Mine', later: 'Here' });
            await engine.resolve(conflict!.id, side);
            await world.settle();
            const decided = world.server.row('rows', 'r');
            const chosen = side === 'local' ? meeting.mine : meeting.theirs;
            if (chosen) expect(decided).to.include({ title: chosen['title'] });
            else expect(decided).to.equal(null);
            for (const tab of [engine, other])
              expect(rows(tab).get('r') ?? null).to.deep.equal(decided && { ...decided, id: 'r' });
            expect(engine.getStatus()).to.include({ pending: 0, conflicts: 0, failed: 0 });
          });
    }
});

function everywhere(row: Side): Meeting['becomes'] {
  const same = Object.keys(strategies).map((strategy) => [strategy, [row]]);
  return Object.fromEntries(same) as Meeting['becomes'];
}
