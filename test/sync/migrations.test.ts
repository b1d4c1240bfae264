import { expect } from 'chai';
import type { EntityConfig, SyncError } from '../../src/sync/index.js';
import { World } from './world/world.js';

/** Version 2: one name instead of two. */
const two: EntityConfig = {
  version: 2,
  migrations: {
    2: ({ first, last, ...row }) => ({ ...row, name: `${first as string} ${last as string}` }),
  },
};

describe('a newer version of the app', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.end());

  const before = async () => {
    const device = world.device();
    const tab = world.tab({ device, entities: { people: {} } });
    await tab.ready;
    await tab.collection('people').create({ id: 'a', first: 'Ada', last: 'Byron' });
    await world.settle();
    device.online = false;
    await tab.collection('people').update('a', { last: 'Lovelace' });
    await tab.collection('people').create({ id: 'b', first: 'Alan', last: 'Turing' });
    return { device, tab };
  };

  for (const [name, answer] of Object.entries({
    'a promise': (row: object) => Promise.resolve(row),
    'a map': (row: object) => new Map(Object.entries(row)),
    'what is no JSON': () => ({ n: 1n }),
    'a number that is none': (row: object) => ({ ...row, n: NaN }),
    'a map within': (row: object) => ({ ...row, tags: [new Map()] }),
  }))
    it(`refuses a migration that answers ${name}, and changes nothing`, async () => {
      const { device, tab } = await before();
      await tab.close();
      const migrations = { 2: answer } as unknown as EntityConfig['migrations'] & object;
      const next = world.tab({ device, entities: { people: { version: 2, migrations } } });
      const error = await next.ready.catch((reason: SyncError) => reason);
      expect(error).to.have.property('code', 'migration');
      await next.close();
      const again = world.tab({ device, entities: { people: {} } });
      await again.ready;
      expect(again.collection('people').get('a')).to.include({ first: 'Ada', last: 'Lovelace' });
      expect(again.getStatus()).to.include({ pending: 2 });
    });

  it('shows at once what a reload will show, where a migration answers a date', async () => {
    const { device, tab } = await before();
    await tab.close();
    const people: EntityConfig = {
      version: 2,
      migrations: {
        2: (row) => ({ ...row, born: new Date(0) as never, gone: undefined as never }),
      },
    };
    const next = world.tab({ device, entities: { people } });
    await next.ready;
    for (const id of ['a', 'b']) {
      const row = next.collection('people').get(id);
      expect(row).to.include({ born: '1970-01-01T00:00:00.000Z' }).and.not.have.property('gone');
    }
  });

  it('gives a new device a name of its own, too, and keeps it', async () => {
    const device = world.device();
    const clients: string[] = [];
    const network = {
      ...device.network,
      fetch: (input: string, init?: RequestInit) => {
        if (input.includes('/sync/push'))
          clients.push((JSON.parse(init!.body as string) as { client: string }).client);
        return device.network.fetch(input, init);
      },
    };
    for (let i = 0; i < 2; i++) {
      const tab = world.tab({ device, entities: { people: two }, ports: { network } });
      await tab.collection('people').create({ name: 'Ada' });
      await world.settle();
      await tab.close();
    }
    expect(clients).to.have.length(2);
    expect(clients[0]).to.match(/^[0-9a-f-]{36}$/);
    expect(clients[1]).to.equal(clients[0]);
  });

  it('migrates rows and what waits to be sent', async () => {
    const { device, tab } = await before();
    await tab.close();
    const next = world.tab({ device, entities: { people: two } });
    await next.ready;
    expect(next.collection('people').query().get()).to.deep.equal([
      { id: 'a', name: 'Ada Lovelace' },
      { id: 'b', name: 'Alan Turing' },
    ]);
    expect(
      next.exportPending().map(({ op, patch, value }) => ({ op, patch, value })),
    ).to.deep.equal([
      { op: 'update', patch: { name: 'Ada Lovelace' }, value: undefined },
      { op: 'create', patch: undefined, value: { id: 'b', name: 'Alan Turing' } },
    ]);
    device.online = true;
    await world.settle();
    expect(world.server.row('people', 'a')).to.include({ name: 'Ada Lovelace' });
    expect(next.getStatus().pending).to.equal(0);
  });

  it('sends what was in flight as it was, and shows it as it will be', async () => {
    const { device, tab } = await before();
    world.faults.push('drop-response');
    device.online = true;
    await world.settle();
    device.online = false;
    await tab.close();
    const next = world.tab({ device, entities: { people: two } });
    await next.ready;
    expect(next.collection('people').get('a')).to.deep.equal({ id: 'a', name: 'Ada Lovelace' });
    device.online = true;
    await world.pass(5_000);
    expect(next.getStatus()).to.include({ pending: 0, failed: 0 });
    expect(world.server.applied).to.deep.equal(['create a', 'update a', 'create b']);
  });

  it('gives a restored server back what it lost in the shape of today', async () => {
    world.server.write('people', 'a', { first: 'Ada', last: 'Byron' });
    const device = world.device();
    const tab = world.tab({ device, entities: { people: {} } });
    await tab.ready;
    await world.settle();
    world.server.onDisk = false;
    const backup = world.server.backup();
    await tab.collection('people').update('a', { last: 'Lovelace' });
    await tab.collection('people').create({ id: 'b', first: 'Alan', last: 'Turing' });
    await world.settle();
    expect(tab.getStatus()).to.include({ pending: 0 });
    await tab.close();
    device.online = false;
    const next = world.tab({ device, entities: { people: two } });
    await next.ready;
    world.server.restore(backup);
    // The server's rows were brought into the new shape, too.
    world.server.write('people', 'a', { name: 'Ada Byron' });
    device.online = true;
    await world.pass(60_000);
    expect(world.server.row('people', 'a')).to.deep.equal({ name: 'Ada Lovelace' });
    expect(world.server.row('people', 'b')).to.deep.equal({ name: 'Alan Turing' });
    expect(next.collection('people').get('b')).to.deep.equal({ id: 'b', name: 'Alan Turing' });
    expect(next.getStatus()).to.include({ pending: 0, failed: 0, conflicts: 0 });
  });

  it('makes a tab of the older one stop writing and say so', async () => {
    const { device, tab } = await before();
    const next = world.tab({ device, entities: { people: two } });
    await next.ready;
    await world.settle();
    const refused = await tab
      .collection('people')
      .update('a', { last: 'King' })
      .then(
        () => null,
        (error: { code: string }) => error.code,
      );
    expect(refused).to.equal('outdated');
    expect(tab.getStatus()).to.deep.include({ storage: 'degraded', leader: false });
    expect(tab.getStatus().lastError?.code).to.equal('outdated');
    await world.pass(30_000);
    expect(next.getStatus().leader).to.equal(true);
    expect(next.collection('people').get('a')).to.deep.equal({ id: 'a', name: 'Ada Lovelace' });
  });

  it('changes nothing when a migration fails, and works once it is mended', async () => {
    const { device, tab } = await before();
    await tab.close();
    const broken = { version: 2, migrations: { 2: () => null as never } };
    const bad = world.tab({ device, entities: { people: broken } });
    const code = await bad.ready.then(
      () => null,
      (error: { code: string }) => error.code,
    );
    expect(code).to.equal('migration');
    await bad.close();
    const next = world.tab({ device, entities: { people: two } });
    await next.ready;
    expect(next.collection('people').query().get()).to.have.length(2);
  });

  for (const [name, migration] of [
    ['that answers a promise', async (row: object) => row],
    ['whose answer is not JSON', (row: object) => ({ ...row, n: 1n })],
  ] as const)
    it(`changes nothing for a migration ${name}`, async () => {
      const { device, tab } = await before();
      await tab.close();
      const migrations = { 2: migration } as unknown as NonNullable<EntityConfig['migrations']>;
      const next = world.tab({ device, entities: { people: { version: 2, migrations } } });
      expect(await next.ready.catch((error: SyncError) => error.code)).to.equal('migration');
      await next.close();
      const mended = world.tab({ device, entities: { people: two } });
      await mended.ready;
      expect(mended.collection('people').get('a')).to.include({ name: 'Ada Lovelace' });
      expect(mended.getQueueLength()).to.equal(2);
    });

  it('goes through every version it has missed', async () => {
    const { device, tab } = await before();
    await tab.close();
    const three = {
      version: 3,
      migrations: {
        ...two.migrations,
        3: ({ name, ...row }: object & { name?: unknown }) => ({ ...row, title: name as string }),
      },
    } as EntityConfig;
    const next = world.tab({ device, entities: { people: three } });
    await next.ready;
    expect(next.collection('people').get('b')).to.deep.equal({ id: 'b', title: 'Alan Turing' });
  });
});
