/** The real runtime against the real server: src/sync and src/server, with nothing in between. */
import { expect } from 'chai';
import type { Server } from '../../src/server/server.js';
import {
  bytelystTransport,
  createSyncEngine,
  memoryStorage,
  type ConflictStrategy,
  type Network,
  type SyncEngine,
} from '../../src/sync/index.js';
import { Client, startServer } from './client.js';
import { onEachEngine } from './engines.js';
import { fetchFrom } from './fetch.js';

type Task = { id: string; title: string; note?: string; done?: boolean };

/** A device: an engine with storage of its own, and a network that the test can break. */
class Device {
  readonly sync: SyncEngine;
  /** The next answers that get lost on their way back. */
  losses = 0;
  #online = true;
  readonly #watchers = new Set<(change: 'network') => void>();

  constructor(fetch: Network['fetch'], conflictStrategy: ConflictStrategy = 'merge') {
    this.sync = createSyncEngine({
      storage: memoryStorage(),
      transport: bytelystTransport({ url: '/v1' }),
      entities: {
        tasks: { conflictStrategy },
        exposures: { append: 'keep' },
        conversions: { append: 'forget' },
      },
      ports: {
        network: {
          online: () => this.#online,
          onChange: (callback) => {
            this.#watchers.add(callback);
            return () => this.#watchers.delete(callback);
          },
          fetch: async (url, init) => {
            if (!this.#online) throw new TypeError('Failed to fetch');
            const response = await fetch(url, init);
            if (init?.method !== 'POST' || this.losses === 0) return response;
            this.losses -= 1;
            throw new TypeError('Failed to fetch');
          },
        },
      },
    });
  }

  get tasks() {
    return this.sync.collection<Task>('tasks');
  }

  set online(online: boolean) {
    this.#online = online;
    for (const tell of this.#watchers) tell('network');
  }
}

onEachEngine('a device and the server', (engine) => {
  let server: Server;
  let client: Client;
  let devices: Device[];
  before(async () => {
    server = await startServer(engine.database());
  });
  beforeEach(async () => {
    client = await Client.in(server);
    devices = [];
  });
  afterEach(() => Promise.all(devices.map(({ sync }) => sync.close())));
  after(() => server.close());

  const device = async (strategy?: ConflictStrategy) => {
    const made = new Device(fetchFrom(server, client.authorization), strategy);
    devices.push(made);
    await made.sync.ready;
    return made;
  };
  const stored = async () => {
    const { pages } = await client.pull();
    return Object.fromEntries(
      pages.flatMap(({ keys, values }) => keys.map((key, i) => [key, values[i]])),
    );
  };
  /** Everybody sends and fetches until nobody has anything left to send. */
  const converge = async () => {
    for (const { sync } of devices) {
      do {
        const { success, errors } = await sync.fullSync();
        expect(success, JSON.stringify(errors)).to.equal(true);
      } while (sync.getQueueLength());
    }
    for (const { sync } of devices) await sync.pull();
  };
  const rowsOf = ({ tasks }: Device) =>
    Object.fromEntries(
      tasks
        .query()
        .get()
        .map(({ id, ...value }) => [id, value]),
    );
  const expectAllToHave = async (rows: Record<string, Omit<Task, 'id'>>) => {
    expect(await stored()).to.deep.equal(rows);
    for (const each of devices) expect(rowsOf(each)).to.deep.equal(rows);
  };

  it('let the app’s own strategy join a row that two devices created offline under one id', async () => {
    const join: ConflictStrategy = ({ local, remote }) => ({ ...remote!, ...local });
    const [one, two] = [await device(join), await device(join)];
    one.online = two.online = false;
    await one.tasks.create({ id: 'a', title: 'One', done: true });
    await two.tasks.create({ id: 'a', title: 'Two', note: 'From two' });
    one.online = true;
    await one.sync.fullSync();
    two.online = true;
    await converge();
    await expectAllToHave({ a: { title: 'Two', note: 'From two', done: true } });
    for (const { sync } of devices) expect(sync.failed()).to.deep.equal([]);
  });

  it('leave the first of two creates alone where the server wins', async () => {
    const [one, two] = [await device('server-wins'), await device('server-wins')];
    one.online = two.online = false;
    await one.tasks.create({ id: 'a', title: 'One' });
    await two.tasks.create({ id: 'a', title: 'Two' });
    one.online = true;
    await one.sync.fullSync();
    two.online = true;
    await converge();
    await expectAllToHave({ a: { title: 'One' } });
  });

  /** `one` deletes a row that `two`, offline, edits; then `two` comes back. */
  const editWhatIsDeleted = async (strategy: ConflictStrategy) => {
    const [one, two] = [await device(strategy), await device(strategy)];
    await one.tasks.create({ id: 'a', title: 'Start' });
    await converge();
    two.online = false;
    await two.tasks.update('a', { title: 'Edited' });
    await one.tasks.delete('a');
    await one.sync.fullSync();
    two.online = true;
    await converge();
    return two;
  };

  it('keep an edit of a deleted row as a dead letter, and the row deleted', async () => {
    const { sync } = await editWhatIsDeleted('merge');
    expect(await stored()).to.deep.equal({});
    expect(sync.failed()).to.have.length(1);
    await sync.discard(sync.failed()[0]!.id);
    await expectAllToHave({});
  });

  it('bring a deleted row back by an edit where the client wins', async () => {
    await editWhatIsDeleted('client-wins');
    await expectAllToHave({ a: { title: 'Edited' } });
  });

  it('drop an edit of a deleted row where the server wins', async () => {
    const { sync } = await editWhatIsDeleted('server-wins');
    await expectAllToHave({});
    expect(sync.failed()).to.deep.equal([]);
  });

  it('agree when both deleted the row', async () => {
    const [one, two] = [await device(), await device()];
    await one.tasks.create({ id: 'a', title: 'Start' });
    await converge();
    two.online = false;
    await two.tasks.delete('a');
    await one.tasks.delete('a');
    await one.sync.fullSync();
    two.online = true;
    await converge();
    await expectAllToHave({});
    for (const { sync } of devices) expect(sync.failed()).to.deep.equal([]);
  });

  it('take a create that was refused once an update has mended it', async () => {
    const one = await device();
    await one.tasks.create({ id: 'a', title: 'x'.repeat(501), note: 'Kept' });
    await converge();
    expect(one.sync.failed()).to.have.nested.property('[0].problem.code', 'invalid');
    expect(await stored()).to.deep.equal({});
    await one.tasks.update('a', { title: 'Short' });
    await converge();
    await expectAllToHave({ a: { title: 'Short', note: 'Kept' } });
    expect(one.sync.failed()).to.deep.equal([]);
  });

  it('apply a write once whose answer was lost', async () => {
    const one = await device();
    await one.sync.fullSync();
    one.losses = 1;
    const write = one.tasks.create({ id: 'a', title: 'Once' });
    await write;
    await one.sync.flush();
    await converge();
    await write.synced;
    expect((await client.pull()).pages[0]).to.deep.include({ keys: ['a'], versions: [1] });
  });

  it('see another device’s write without asking', async () => {
    const [one, two] = [await device(), await device()];
    await converge();
    await one.tasks.create({ id: 'a', title: 'Hello' });
    while (!two.tasks.get('a')) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(rowsOf(two)).to.deep.equal({ a: { title: 'Hello' } });
  });

  it('count events once that were sent twice', async () => {
    const one = await device();
    const at = Date.now();
    one.online = false;
    const exposure = { experiment: 'hero', phase: 1, variant: 'bold', unit: 'u1', at };
    await one.sync.collection('exposures').create({ id: 'x1', ...exposure });
    await one.sync.collection('conversions').create({ id: 'c1', name: 'buy', unit: 'u1', at });
    one.losses = 2;
    one.online = true;
    for (let i = 0; i < 3; i++) await one.sync.flush();
    await converge();
    expect(one.losses).to.equal(0);
    const rollups = await engine.database().query(
      `select units, (select count(*)::int from conversions c where c.workspace = u.workspace) as done
         from unit_rollups u where workspace = $1`,
      [client.workspace],
    );
    expect(rollups).to.deep.equal([{ units: 1, done: 1 }]);
  });
});
