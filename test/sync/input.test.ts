import { expect } from 'chai';
import {
  bytelystTransport,
  createSyncEngine,
  encryptedStorage,
  indexedDBStorage,
  keyValueStorage,
  memoryStorage,
  SyncError,
  type EntityConfig,
  type OpenChannel,
  type SyncEngine,
  type SyncEngineConfig,
} from '../../src/sync/index.js';
import { World } from './world/world.js';

/** What JavaScript lets an app do, and TypeScript would not. */
type Anything = ReturnType<typeof JSON.parse>;

/** The error of what throws or rejects; fails the test where neither happens. */
async function refusal(work: () => unknown): Promise<SyncError> {
  let result: unknown;
  try {
    result = await work();
  } catch (error) {
    expect(error).to.be.instanceOf(SyncError);
    return error as SyncError;
  }
  throw new Error(`Taken without a word: ${String(result)}`);
}

/** Something that contains itself. */
function circleOf(name: string): object {
  const circle: Record<string, unknown> = {};
  circle[name] = circle;
  return circle;
}

describe('bad input', () => {
  let world: World;
  let sync: SyncEngine;

  beforeEach(async () => {
    world = new World();
    sync = world.tab();
    await sync.ready;
  });
  afterEach(() => world.end());

  describe('in a row', () => {
    class Task {
      title = 'A';
    }
    const cases: [name: string, value: unknown, says: RegExp][] = [
      ['a Map', { x: new Map([[1, 2]]) }, /^x: A Map /],
      ['a Set', { x: { y: [0, new Set([1])] } }, /^x\.y\.1: A Set /],
      ['a pattern', { x: /a/ }, /^x: A RegExp /],
      ['bytes', { x: new Uint8Array(3) }, /^x: A Uint8Array /],
      ['an instance', { x: new Task() }, /^x: A Task /],
      ['an invalid date', { x: new Date(NaN) }, /^x: An invalid date /],
      ['a function', { x: () => 1 }, /^x: A function /],
      ['a large integer', { x: 1n }, /^x: A bigint /],
      ['no number', { list: [1, NaN] }, /^list\.1: NaN /],
      ['the row itself as a Map', new Map(), /^A Map /],
      ['a date for a row', new Date(0), /^A row is an object/],
    ];
    for (const [name, row, says] of cases)
      it(`refuses ${name}, and says where it is`, async () => {
        const error = await refusal(() => sync.collection('tasks').create(row as Anything));
        expect(error).to.have.property('code', 'invalid');
        expect(error.message).to.match(says);
        expect(sync.getQueueLength()).to.equal(0);
      });

    it('takes what knows its own JSON, null prototypes and holes', async () => {
      const bare = Object.assign(Object.create(null) as object, { y: 1 });
      const price = { toJSON: () => ({ cents: 5 }) };
      const holes = Array<number>(2);
      holes[1] = 2;
      await sync.collection('tasks').create({ id: 'a', at: new Date(0), bare, price, list: holes });
      expect(sync.collection('tasks').get('a')).to.deep.equal({
        id: 'a',
        at: '1970-01-01T00:00:00.000Z',
        bare: { y: 1 },
        price: { cents: 5 },
        list: [null, 2],
      });
    });

    it('tells of a getter that throws', async () => {
      const row = {
        get title(): string {
          throw new Error('Gone');
        },
      };
      const error = await refusal(() => sync.collection('tasks').create(row));
      expect(error).to.have.property('code', 'invalid');
      expect(error.cause).to.have.property('message', 'Gone');
    });

    it('refuses a large change that makes the row too large', async () => {
      const tasks = sync.collection('tasks');
      await tasks.create({ id: 'a', text: 'x'.repeat(50_000) });
      const error = await refusal(() => tasks.update('a', { more: 'y'.repeat(50_000) }));
      expect(error).to.have.property('code', 'invalid');
      await tasks.update('a', { text: 'y'.repeat(50_000) });
    });

    it('refuses the small change that makes a row too large in the end', async () => {
      const tasks = sync.collection('tasks');
      await tasks.create({ id: 'a' });
      const members = Array.from({ length: 30 }, (_, i) => ({ [`m${i}`]: '漢'.repeat(1_000) }));
      const grown = await Promise.allSettled(members.map((member) => tasks.update('a', member)));
      expect(grown.map(({ status }) => status)).to.include('rejected');
      expect(JSON.stringify(tasks.get('a')).length * 3).to.be.within(58_000, 64_000);
      await tasks.update('a', { m0: '' });
      await tasks.update('a', { small: true });
      const names = Object.keys(tasks.get('a')!).filter((name) => name !== 'id');
      const removed = Object.fromEntries(names.map((name) => [name, undefined]));
      await tasks.update('a', { ...removed, one: '漢'.repeat(20_000) });
    });

    it('changes a row that others have made too large', async () => {
      const tasks = sync.collection('tasks');
      world.server.write('tasks', 'large', { text: 'x'.repeat(100_000) });
      await sync.pull();
      await tasks.update('large', { done: true });
      const error = await refusal(() => tasks.update('large', { more: 'y'.repeat(70_000) }));
      expect(error).to.have.property('code', 'invalid');
    });

    it('refuses a list that is none', async () => {
      const tasks = sync.collection('tasks') as Anything;
      for (const rows of [undefined, {}, 'abc'])
        expect((await refusal(() => tasks.createMany(rows))).code).to.equal('invalid');
    });
  });

  describe('in a call', () => {
    const calls: [name: string, call: (sync: Anything) => unknown, code: string][] = [
      ['an unknown operation', (s) => s.push('tasks', { id: 'a' }, 'upsert'), 'invalid'],
      ['no data', (s) => s.push('tasks', null, 'update'), 'invalid'],
      ['nobody as a user', (s) => s.setUser(undefined), 'invalid'],
      ['an empty user', (s) => s.setUser(''), 'invalid'],
      ['an object as a user', (s) => s.setUser({}), 'invalid'],
      ['an unknown event', (s) => s.on('bogus', () => {}), 'invalid'],
      ['a listener that is none', (s) => s.on('commit', 5), 'invalid'],
      ['a callback that is none', (s) => s.onStatusChange(), 'invalid'],
      ['a subscriber that is none', (s) => s.collection('tasks').query().subscribe(5), 'invalid'],
      ['a follower that is none', (s) => s.collection('tasks').observe('a').subscribe(), 'invalid'],
      ['an unknown conflict', (s) => s.resolve('nope', 'local'), 'not-found'],
      ['a side that is none', (s) => s.resolve('nope', 'mine'), 'invalid'],
      ['no decision', (s) => s.resolve('nope'), 'invalid'],
      ['an unknown letter to discard', (s) => s.discard('nope'), 'not-found'],
      ['no letter to discard', (s) => s.discard(), 'invalid'],
      ['an unknown letter to send again', (s) => s.reprocessFailed('nope'), 'not-found'],
    ];
    for (const [name, call, code] of calls)
      it(`refuses ${name}`, async () => {
        await sync.collection('tasks').create({ id: 'a', title: 'Kept' });
        expect(await refusal(() => call(sync))).to.have.property('code', code);
        expect(sync.collection('tasks').get('a')).to.deep.equal({ id: 'a', title: 'Kept' });
      });
  });

  describe('in a query', () => {
    const queries: [name: string, query: unknown, says: RegExp][] = [
      ['null', null, /^A query is an object/],
      ['a member that it has not', { wehre: { a: 1 } }, /no “wehre”/],
      ['a negative limit', { limit: -1 }, /^limit/],
      ['a limit that is no number', { limit: NaN }, /^limit/],
      ['a limit as a text', { limit: '5' }, /^limit/],
      ['an offset with a fraction', { offset: 1.5 }, /^offset/],
      ['an order that is none', { orderBy: 5 }, /^orderBy/],
      ['an order as an object', { orderBy: { n: 'desc' } }, /^orderBy/],
      ['an empty order', { orderBy: ['-'] }, /^orderBy/],
      ['a list of conditions', { where: [] }, /^A condition/],
      ['a function', { where: { a: () => true } }, /^a: a function/],
      ['an unknown operator', { where: { n: { $foo: 1 } } }, /\$foo/],
      ['an operator for a member', { where: { $gt: 1 } }, /\$gt/],
      ['operators mixed with members', { where: { n: { $gt: 1, lt: 3 } } }, /mixes \$gt/],
      ['an unknown operator within', { where: { $or: [{ n: { $not: { $bar: 1 } } }] } }, /\$bar/],
      ['an unknown operator of elements', { where: { n: { $elemMatch: { $bar: 1 } } } }, /\$bar/],
      ['no list', { where: { n: { $in: 5 } } }, /^\$in takes a list/],
      ['no list of conditions', { where: { $or: { n: 1 } } }, /^\$or takes a list/],
      ['a pattern that is none', { where: { n: { $regex: '(' } } }, /^\$regex/],
      ['a RegExp', { where: { n: { $regex: /a/ } } }, /^n: a RegExp/],
      ['a pattern for a value', { where: { n: /a/ } }, /^n: a RegExp/],
      ['a large integer', { where: { n: 1n } }, /^n: a bigint/],
      ['a circle', { where: circleOf('a') }, /contains itself/],
      ['a circle of conditions', { where: { $not: circleOf('$not') } }, /contains itself/],
    ];
    for (const [name, query, says] of queries)
      it(`refuses ${name}`, async () => {
        const error = await refusal(() => sync.collection('tasks').query(query as Anything));
        expect(error).to.have.property('code', 'invalid');
        expect(error.message).to.match(says);
      });

    it('takes dates, absent options and all that conditions can say', async () => {
      const tasks = sync.collection('tasks');
      await tasks.create({ id: 'a', at: new Date(5), tags: ['x', 'y'], app: { version: '2.0' } });
      const where = {
        at: { $gte: new Date(0) },
        tags: { $all: ['x'], $size: { $gt: 1 }, $elemMatch: { $in: ['y'] } },
        'app.version': { $vgte: '1.9', $regexi: '^2' },
        $nor: [{ id: 'b' }],
        gone: undefined,
      };
      const query = { where: where as Anything, orderBy: undefined, limit: Infinity };
      expect(
        tasks
          .query(query)
          .get()
          .map(({ id }) => id),
      ).to.deep.equal(['a']);
    });
  });

  describe('in a storage or a transport', () => {
    const kv = { getItem: () => null, setItem() {}, removeItem() {}, keys: () => [] };
    const makes: [name: string, make: () => unknown][] = [
      ['IndexedDB without a name', () => (indexedDBStorage as Anything)()],
      ['a key-value store without a name', () => (keyValueStorage as Anything)(kv)],
      ['a key-value store that is none', () => keyValueStorage({} as Anything, { name: 'a' })],
      ['a server that is nowhere', () => (bytelystTransport as Anything)()],
      ['encryption without a key', () => encryptedStorage(memoryStorage(), {} as Anything)],
      [
        'a user who is nobody',
        () => keyValueStorage(kv, { name: 'a' }).forUser!(undefined as Anything),
      ],
    ];
    for (const [name, make] of makes)
      it(`refuses ${name}`, async () => {
        expect((await refusal(make)).code).to.equal('invalid');
      });
  });

  describe('in the configuration', () => {
    const entity = (config: unknown) => ({ entities: { tasks: config as EntityConfig } });
    const configs: [config: unknown, says: RegExp][] = [
      [{ storage: undefined }, /^storage is missing/],
      [{ transport: undefined }, /^transport is missing/],
      [{ entities: undefined }, /^entities is missing/],
      [{ storage: {} }, /^storage must be a storage/],
      [{ transport: { pull() {} } }, /^transport must be/],
      [{ entities: ['tasks'] }, /^entities must be an object/],
      [{ entities: { 'a/b': {} } }, /^entities\.a\/b: a name is/],
      [{ entities: { constructor: {} } }, /^entities\.constructor: a name is/],
      [{ transprot: {} }, /^transprot: there is no such option/],
      [{ maxRetries: -1 }, /^maxRetries must be/],
      [{ retryDelayMs: '5' }, /^retryDelayMs must be/],
      [{ onConflict: 'manual' }, /^onConflict must be a function/],
      [{ user: '' }, /^user must be/],
      [entity(null), /^entities\.tasks must be an object/],
      [entity({ indexs: ['a'] }), /^entities\.tasks\.indexs: there is no such option/],
      [entity({ indexes: 'a' }), /^entities\.tasks\.indexes must be/],
      [entity({ conflictStrategy: 'lww' }), /conflictStrategy must be a function or one of merge/],
      [entity({ fields: { likes: 'count' } }), /fields must be/],
      [entity({ dependsOn: { project: 'projcets' } }), /dependsOn\.project: there is no entity/],
      [entity({ schema: { type: 'object' } }), /schema must be a Standard Schema/],
      [entity({ scope: {} }), /scope must be/],
      [entity({ version: 1.5 }), /version must be a whole number from 1/],
      [entity({ version: 0 }), /version must be a whole number from 1/],
      [entity({ version: 2, migrations: { 2: {} } }), /migrations must be/],
      [entity({ migrations: { 2: () => ({}) } }), /migrations\.2: not a version/],
      [entity({ append: true }), /append must be/],
    ];
    for (const [config, says] of configs)
      it(`refuses ${JSON.stringify(config)}`, async () => {
        const whole = {
          storage: memoryStorage(),
          transport: { push() {}, pull() {} },
          entities: { tasks: {} },
          ...(config as Partial<SyncEngineConfig>),
        };
        const error = await refusal(() => createSyncEngine(whole as Anything));
        expect(error).to.have.property('code', 'invalid');
        expect(error.message).to.match(says);
      });

    it('refuses none at all', async () => {
      expect((await refusal(() => createSyncEngine(undefined as Anything))).code).to.equal(
        'invalid',
      );
    });
  });
});

describe('what is handed out', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.end());

  it('works without the object it belongs to', async () => {
    const sync = world.tab();
    await sync.ready;
    for (const observable of [
      sync.status,
      sync.collection('tasks').query(),
      sync.collection('tasks').observe('a'),
    ]) {
      const { get, subscribe } = observable;
      const told: unknown[] = [];
      subscribe((value: unknown) => told.push(value))();
      expect(told).to.deep.equal([get()]);
    }
  });

  it('is one object for one row', async () => {
    const tasks = world.tab().collection('tasks');
    const a = tasks.observe('a');
    a.subscribe(() => {});
    for (let i = 0; i < 200; i++) tasks.observe(`other${i}`);
    expect(tasks.observe('a')).to.equal(a);
    expect(tasks.observe('b')).not.to.equal(a);
  });

  it('says that the engine was closed', async () => {
    const sync = world.tab();
    await sync.ready;
    const told: unknown[] = [];
    sync.onStatusChange(({ lastError }) => told.push(lastError?.code));
    await sync.close();
    expect(sync.getStatus()).to.include({ status: 'error', storage: 'degraded', leader: false });
    expect(sync.getStatus().lastError).to.have.property('code', 'closed');
    expect(told.at(-1)).to.equal('closed');
  });

  it('shows no row of a database that was destroyed, in this tab and in others', async () => {
    const device = world.device();
    const tabs = [world.tab({ device }), world.tab({ device })] as const;
    await tabs[0].collection('tasks').create({ id: 'secret' });
    await tabs[1].ready;
    await world.settle();
    const events: string[] = [];
    tabs[1].on('destroyed', () => events.push('destroyed'));
    const shown = tabs.map((tab) => {
      const rows: unknown[] = [];
      tab
        .collection('tasks')
        .query()
        .subscribe((result) => rows.push(result.length));
      return rows;
    });
    expect(shown).to.deep.equal([[1], [1]]);
    await tabs[0].destroy();
    await world.settle();
    expect(shown).to.deep.equal([
      [1, 0],
      [1, 0],
    ]);
    expect(events).to.deep.equal(['destroyed']);
    for (const tab of tabs) {
      expect(tab.collection('tasks').get('secret')).to.equal(undefined);
      expect(tab.getStatus()).to.include({ status: 'error', pending: 0 });
      expect(tab.getStatus().lastError).to.have.property('code', 'closed');
    }
  });

  it('rejects a write to an entity that there is not, like every write that can’t be', async () => {
    for (const write of [
      () => world.tab().push('notes', { id: 'a' }, 'create'),
      () => world.tab().push('notes', { id: 'a' }, 'update'),
      () => world.tab().delete('notes', 'a'),
    ]) {
      const promise = write();
      expect(await refusal(() => promise.synced)).to.have.property('code', 'unknown-collection');
      expect(await refusal(() => promise)).to.have.property('code', 'unknown-collection');
    }
  });

  it('keeps unsent work of an entity that was removed, says so, and sends it when it is back', async () => {
    const device = world.device();
    device.online = false;
    const entities = { tasks: {}, notes: {} };
    const before = world.tab({ device, entities });
    await before.collection('notes').create({ id: 'n' });
    await before.close();
    device.online = true;
    const without = world.tab({ device, entities: { tasks: {} } });
    await without.collection('tasks').create({ id: 't' });
    await world.settle();
    expect(world.server.row('tasks', 't')).not.to.equal(null);
    expect(world.server.row('notes', 'n')).to.equal(null);
    expect(without.getStatus()).to.include({ status: 'error', pending: 1 });
    expect(without.getStatus().lastError).to.have.property('code', 'unknown-collection');
    expect(without.exportPending().map(({ key }) => key)).to.deep.equal(['n']);
    await without.close();
    const again = world.tab({ device, entities });
    await again.ready;
    await world.settle();
    expect(again.getStatus()).to.include({ status: 'idle', pending: 0, lastError: null });
    expect(world.server.row('notes', 'n')).not.to.equal(null);
  });

  it('can be destroyed after it was closed, and other tabs let go then too', async () => {
    // As strict as a BroadcastChannel: what was closed can't post.
    const strict =
      (open: OpenChannel): OpenChannel =>
      (name, receive) => {
        const channel = open(name, receive);
        let closed = false;
        return {
          post(message) {
            if (closed) throw new Error('InvalidStateError');
            channel.post(message);
          },
          close() {
            closed = true;
            channel.close();
          },
        };
      };
    const device = world.device();
    const ports = { channel: strict(device.channel) };
    const one = world.tab({ device, ports });
    const two = world.tab({ device, ports });
    await one.collection('tasks').create({ id: 'secret' });
    await two.ready;
    await one.close();
    await one.destroy();
    await world.settle();
    const disk = await device.storage.open();
    expect((await disk.load()).log).to.deep.equal([]);
    expect(
      await two
        .collection('tasks')
        .create({})
        .catch((e: SyncError) => e.code),
    ).to.equal('closed');
  });
});
