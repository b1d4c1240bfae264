import { expect } from 'chai';
import {
  createRestSyncEngine,
  memoryStorage,
  type RestSyncEngineConfig,
  type Storage,
  type SyncEngine,
} from '../../src/sync/index.js';
import { Backend } from './world/backend.js';
import { World } from './world/world.js';

/** The names of an earlier engine, and what it got wrong under them. */
describe('the first facade', () => {
  let world: World;
  let backend: Backend;
  const engines: SyncEngine[] = [];

  beforeEach(() => {
    world = new World();
    backend = new Backend();
  });
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  const open = (config: Partial<RestSyncEngineConfig> = {}, device = world.device()) => {
    const { network, locks, channel } = device;
    const engine = createRestSyncEngine({
      apiClient: backend.client,
      storage: device.storage,
      entities: { notes: { endpoint: '/v2/notes', conflictStrategy: 'merge' } },
      rest: { notes: { version: 'version' } },
      retryDelayMs: 1,
      ...config,
      ports: { network, locks, channel, ...config.ports },
    });
    engines.push(engine);
    return engine;
  };
  const note = (engine: SyncEngine, id: string) =>
    engine.collection<{ id: string; title?: string; text?: string }>('notes').get(id);

  for (const face of ['fetch', 'safeFetch'] as const)
    it(`synchronises by an apiClient that has only ${face}`, async () => {
      const apiClient = { [face]: backend.client[face] };
      const engine = open({ apiClient });
      await engine.push('notes', { id: 'a', title: 'One' }, 'create');
      await engine.push('notes', { id: 'b', title: 'Two' }, 'create');
      await engine.fullSync();
      await engine.push('notes', { id: 'a', title: 'Changed' }, 'update');
      await engine.delete('notes', 'b');
      const result = await engine.flush();
      expect(result).to.include({ success: true, pushed: 2, conflicts: 0 });
      expect(result).to.have.all.keys([
        'success',
        'pushed',
        'pulled',
        'conflicts',
        'pending',
        'errors',
        'timestamp',
      ]);
      expect(backend.changes).to.have.members([
        'POST /v2/notes',
        'POST /v2/notes',
        'PATCH /v2/notes/a',
        'DELETE /v2/notes/b',
      ]);
      expect([...backend.rows.values()]).to.have.length(1);
      expect(backend.rows.get('a')).to.include({ title: 'Changed' });
    });

  it('never throws where safeFetch tells of a failure', async () => {
    const engine = open({ apiClient: { safeFetch: async () => ({ ok: false, error: 'Down' }) } });
    const result = await engine.pull();
    expect(result.success).to.equal(false);
    expect(result.errors[0]).to.include({ code: 'offline' });
  });

  it('understands a client that throws what is not a success', async () => {
    const engine = open({
      apiClient: {
        async fetch(path, init) {
          const response = await backend.client.fetch!(path, init);
          if (response.status >= 400)
            throw Object.assign(new Error('Refused'), { status: response.status });
          return response;
        },
      },
    });
    await engine.fullSync();
    backend.faults.push(422);
    await engine.push('notes', { id: 'a', title: '' }, 'create');
    await engine.fullSync();
    expect(engine.failed()[0]!.problem.status).to.equal(422);
  });

  it('gives up what waits by clearQueue, and sends what failed by reprocessFailed', async () => {
    const engine = open();
    engine.setOnline(false);
    await engine.push('notes', { id: 'a' }, 'create');
    await engine.clearQueue();
    expect(engine.getQueueLength()).to.equal(0);
    expect(note(engine, 'a')).to.equal(undefined);
    backend.faults.push(422);
    await engine.push('notes', { id: 'b', title: 'Two' }, 'create');
    engine.setOnline(null);
    await engine.fullSync();
    expect(engine.getStatus()).to.include({ failed: 1, pending: 0 });
    await engine.reprocessFailed();
    await engine.fullSync();
    expect(engine.getStatus()).to.include({ failed: 0, pending: 0 });
    expect(backend.rows.has('b')).to.equal(true);
  });

  it('tells telemetryClient counts and codes, never contents', async () => {
    const told: string[] = [];
    const telemetryClient = {
      track: (event: string, properties: object) =>
        void told.push(`${event} ${JSON.stringify(properties)}`),
    };
    const engine = open({ telemetryClient });
    await engine.push('notes', { id: 'a', title: 'Secret' }, 'create');
    await engine.fullSync();
    expect(told.some((line) => line.includes('push'))).to.equal(true);
    for (const line of told) expect(line).not.to.include('Secret');
  });

  describe('does not', () => {
    it('read and rewrite the whole queue for every push', async () => {
      const sizes: number[] = [];
      const engine = open({ storage: measured(memoryStorage(), sizes) });
      engine.setOnline(false);
      await engine.ready;
      sizes.length = 0;
      for (let i = 0; i < 200; i++) await engine.push('notes', { title: 'Note' }, 'create');
      expect(sizes).to.have.length(200);
      expect(Math.max(...sizes)).to.be.lessThan(2 * sizes[0]!);
    });

    it('lose one of two pushes at once', async () => {
      const engine = open();
      await Promise.all([1, 2, 3].map((n) => engine.push('notes', { title: `${n}` }, 'create')));
      await engine.fullSync();
      expect(backend.rows.size).to.equal(3);
    });

    it('overwrite a push made during a flush when the flush saves its remainder', async () => {
      const device = world.device();
      const engine = open({}, device);
      await engine.fullSync();
      let openGate!: () => void;
      backend.gate = new Promise((done) => (openGate = done));
      await engine.push('notes', { id: 'first' }, 'create');
      const flush = engine.flush();
      await world.settle();
      expect(backend.changes, 'under way').to.have.length(1);
      await engine.push('notes', { id: 'second' }, 'create');
      openGate();
      await flush;
      await engine.fullSync();
      expect([...backend.rows.keys()]).to.deep.equal(['first', 'second']);
      expect(engine.getQueueLength()).to.equal(0);
    });

    it('swallow transport errors: the result, the status and the retries tell of them', async () => {
      const engine = open({ maxRetries: 2 });
      await engine.fullSync();
      backend.faults.push('lost');
      await engine.push('notes', { id: 'a' }, 'create');
      const told = new Set<string>();
      engine.onStatusChange(({ lastError }) => lastError && told.add(lastError.code));
      await world.settle();
      await engine.fullSync();
      expect([...told]).to.deep.equal(['offline']);
      expect(backend.rows.has('a'), 'no network costs no retry').to.equal(true);
      backend.faults.push(500, 500, 500);
      await engine.push('notes', { id: 'a', title: 'Two' }, 'update');
      for (let i = 0; i < 20 && !engine.failed().length; i++) {
        await engine.flush();
        await new Promise((done) => setTimeout(done, 5));
      }
      expect(engine.failed()).to.have.length(1);
      expect(backend.changes.filter((change) => change.startsWith('PATCH'))).to.have.length(3);
    });

    it('ignore the delay between retries', async () => {
      const { clock } = world;
      const device = world.device();
      const engine = open({ retryDelayMs: 8_000, ports: { clock, random: () => 0.999 } }, device);
      await world.settle();
      backend.faults.push(500, 500);
      await engine.push('notes', { id: 'a' }, 'create');
      await world.settle();
      expect(backend.changes).to.have.length(1);
      await world.pass(7_000);
      expect(backend.changes, 'not yet').to.have.length(1);
      await world.pass(2_000);
      expect(backend.changes, 'after the delay').to.have.length(2);
      await world.pass(14_000);
      expect(backend.changes, 'twice as long').to.have.length(2);
      await world.pass(3_000);
      expect(backend.changes).to.have.length(3);
      expect(engine.getQueueLength()).to.equal(0);
    });

    it('drop an item past its retries silently', async () => {
      const engine = open({ maxRetries: 0 });
      await engine.fullSync();
      backend.faults.push(500);
      const write = engine.push('notes', { id: 'a', title: 'Kept' }, 'create');
      await write;
      await engine.flush();
      const error: unknown = await write.synced.catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'rejected');
      expect(engine.failed()[0]).to.deep.include({ key: 'a', operation: 'create' });
      expect(note(engine, 'a')?.title).to.equal('Kept');
      await engine.reprocessFailed();
      await engine.flush();
      expect(backend.rows.get('a')).to.include({ title: 'Kept' });
    });

    it('replace a create by an update when it deduplicates', async () => {
      const engine = open();
      engine.setOnline(false);
      await engine.push('notes', { id: 'a', title: 'One' }, 'create');
      await engine.push('notes', { id: 'a', text: 'More' }, 'update');
      expect(engine.getQueueLength()).to.equal(1);
      engine.setOnline(null);
      await engine.fullSync();
      expect(backend.changes).to.deep.equal(['POST /v2/notes']);
      expect(backend.rows.get('a')).to.include({ title: 'One', text: 'More' });
    });

    it('replace a delete by an update', async () => {
      const engine = open();
      await engine.push('notes', { id: 'a', title: 'One' }, 'create');
      await engine.fullSync();
      engine.setOnline(false);
      await engine.push('notes', { id: 'a' }, 'delete');
      const late: unknown = await engine
        .push('notes', { id: 'a', title: 'Late' }, 'update')
        .catch((reason: unknown) => reason);
      expect(late).to.have.property('code', 'not-found');
      engine.setOnline(null);
      await engine.fullSync();
      expect(backend.changes.at(-1)).to.equal('DELETE /v2/notes/a');
      expect(backend.rows.has('a')).to.equal(false);
    });

    it('count what it pulls without storing it', async () => {
      backend.write('a', { title: 'One' });
      backend.write('b', { title: 'Two' });
      const device = world.device();
      const before = open({}, device);
      let pulled = 0;
      before.on('pull', (event) => (pulled += event.pulled));
      await before.fullSync();
      expect(pulled).to.equal(2);
      expect(note(before, 'a')?.title).to.equal('One');
      await before.close();
      device.online = false;
      const after = open({}, device);
      await after.ready;
      expect(note(after, 'b')?.title).to.equal('Two');
    });

    it('take this device’s clock for the cursor', async () => {
      for (const skew of [-3, 3]) {
        const clock = {
          now: () => Date.now() + skew * 86_400_000,
          after: (ms: number, callback: () => void) => {
            const timer = setTimeout(callback, ms);
            return () => clearTimeout(timer);
          },
        };
        const engine = open({ ports: { clock } });
        await engine.fullSync();
        backend.write(`after${skew}`, { title: 'Seen' });
        await engine.pull();
        expect(note(engine, `after${skew}`)?.title).to.equal('Seen');
      }
      const since = backend.requests.map(({ path }) => /since=(\d+)/.exec(path)?.[1] ?? '0');
      for (const cursor of since) expect(Number(cursor)).to.be.lessThan(10);
    });

    it('never call the conflict resolution', async () => {
      const asked: object[] = [];
      const engine = open({
        entities: { notes: { endpoint: '/v2/notes', conflictStrategy: 'manual' } },
        onConflict: (conflict) => {
          asked.push(conflict);
          const { local, remote } = conflict as unknown as Record<string, { title: string }>;
          return { id: 'a', title: `${local!.title} and ${remote!.title}` } as { id: string };
        },
      });
      await engine.push('notes', { id: 'a', title: 'Base' }, 'create');
      await engine.fullSync();
      engine.setOnline(false);
      await engine.push('notes', { id: 'a', title: 'Mine' }, 'update');
      backend.write('a', { title: 'Theirs' });
      engine.setOnline(null);
      await engine.fullSync();
      await engine.fullSync();
      expect(asked).to.have.length(1);
      expect(backend.rows.get('a')).to.include({ title: 'Mine and Theirs' });
    });

    it('say that the queue is empty when it is not', async () => {
      const engine = open();
      engine.setOnline(false);
      await engine.push('notes', { id: 'a' }, 'create');
      await engine.push('notes', { id: 'b' }, 'create');
      expect(engine.getQueueLength()).to.equal(2);
      expect(engine.getStatus().pending).to.equal(2);
      engine.setOnline(null);
      await engine.fullSync();
      expect(engine.getQueueLength()).to.equal(0);
    });

    it('stay at `syncing`, whether it succeeds or fails', async () => {
      const engine = open({ retryDelayMs: 60_000 });
      await engine.fullSync();
      expect(engine.getStatus().status).to.equal('idle');
      backend.faults.push('lost');
      await engine.push('notes', { id: 'a' }, 'create');
      await world.settle();
      expect(engine.getStatus().status).to.equal('offline');
      await engine.fullSync();
      expect(engine.getStatus().status).to.equal('idle');
    });

    it('leave a second tab with nothing', async () => {
      const device = world.device();
      const [one, two] = [open({}, device), open({}, device)];
      await Promise.all([one.ready, two.ready]);
      await one.push('notes', { id: 'a', title: 'By one' }, 'create');
      await two.push('notes', { id: 'b', title: 'By two' }, 'create');
      await two.fullSync();
      await world.settle();
      expect(note(two, 'a')?.title).to.equal('By one');
      expect(note(one, 'b')?.title).to.equal('By two');
      expect([...backend.rows.keys()].sort()).to.deep.equal(['a', 'b']);
      expect(backend.changes, 'sent once').to.have.length(2);
      expect(two.getStatus().pending).to.equal(0);
    });

    it('keep listeners for ever', async () => {
      let watching = 0;
      const device = world.device();
      const network = {
        ...device.network,
        onChange: (callback: Parameters<typeof device.network.onChange>[0]) => {
          watching++;
          const stop = device.network.onChange(callback);
          return () => {
            watching--;
            stop();
          };
        },
      };
      const engine = open({ ports: { network } }, device);
      await engine.ready;
      let told = 0;
      const stop = engine.onStatusChange(() => told++);
      stop();
      const before = told;
      await engine.push('notes', { id: 'a' }, 'create');
      await engine.fullSync();
      expect(told).to.equal(before);
      expect(watching).to.equal(1);
      await engine.close();
      expect(watching).to.equal(0);
    });
  });
});

/** Notes how long each record is that is written. */
function measured(storage: Storage, sizes: number[]): Storage {
  return {
    ...storage,
    open: async () => {
      const disk = await storage.open();
      return {
        ...disk,
        commit: (at, commit, durability) => {
          if (commit.record !== undefined) sizes.push(commit.record.length);
          return disk.commit(at, commit, durability);
        },
      };
    },
  };
}
