/**
 * Devices that write without a pause: real engines, each with storage of its own, over real
 * sockets. A journal knows what was written and what the server has acknowledged.
 */
import { bytelystTransport, createSyncEngine, memoryStorage } from '../../../src/sync/index.js';
import { signToken } from '../../../src/server/access/bearer.js';

/** Rows that all devices count in at the same time. */
const SHARED = ['shared-0', 'shared-1', 'shared-2'] as const;
const PAUSE_MS = 40;

interface Task {
  id: string;
  title: string;
  revision?: number;
  count?: number;
}

export type Device = Awaited<ReturnType<typeof createDevice>>;

export interface DeviceOptions {
  url: string;
  secret: string;
  workspace: string;
  name: string;
}

export async function createDevice({ url, secret, workspace, name }: DeviceOptions) {
  const grant = { subject: name, workspace, role: 'editor' } as const;
  const token = await signToken(secret, grant, 3_600);
  const sync = createSyncEngine({
    storage: memoryStorage(),
    transport: bytelystTransport({ url: `${url}/v1`, token }),
    entities: {
      tasks: { fields: { count: 'counter' } },
      conversions: { append: 'forget' },
    },
  });
  await sync.ready;
  const tasks = sync.collection<Task>('tasks');
  const conversions = sync.collection<{ id: string } & Record<string, unknown>>('conversions');

  /** By row: the newest revision written, and the newest that the server has acknowledged. */
  const written = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  const events = { written: new Set<string>(), acknowledged: new Set<string>() };
  const counts = { writes: 0, acknowledged: 0, increments: 0 };
  let running = false;
  let loop = Promise.resolve();

  const note = (write: { readonly synced: Promise<void> }, then: () => void) => {
    counts.writes += 1;
    write.synced.then(
      () => {
        counts.acknowledged += 1;
        then();
      },
      // A dead letter: the scenario looks for them at the end.
      () => {},
    );
  };
  const noteRevision = (id: string, revision: number) =>
    acknowledged.set(id, Math.max(revision, acknowledged.get(id) ?? 0));

  const create = async (n: number) => {
    const id = `${name}-${n}`;
    const write = tasks.create({ id, title: id, revision: 1 });
    note(write, () => noteRevision(id, 1));
    await write;
    written.set(id, 1);
  };
  const update = async (n: number) => {
    const [id, revision] = [...written].at(-1 - (n % Math.min(5, written.size)))!;
    const write = tasks.update(id, { revision: revision + 1 });
    note(write, () => noteRevision(id, revision + 1));
    await write;
    written.set(id, revision + 1);
  };
  const increment = async (n: number) => {
    const id = SHARED[n % SHARED.length]!;
    const row = tasks.get(id);
    if (!row) return;
    const write = tasks.update(id, { count: (row.count ?? 0) + 1 });
    note(write, () => {});
    await write;
    counts.increments += 1;
  };
  const convert = async (n: number) => {
    const id = `e-${name}-${n}`;
    const event = { id, name: 'bought', unit: `u-${n % 50}`, value: 1, at: Date.now() };
    const write = conversions.create(event);
    note(write, () => events.acknowledged.add(id));
    await write;
    events.written.add(id);
  };

  return {
    name,
    sync,
    written,
    acknowledged,
    events,
    counts,
    rows: (): Record<string, Task> =>
      Object.fromEntries(
        tasks
          .query()
          .get()
          .map((row) => [row.id, row]),
      ),
    start() {
      running = true;
      loop = (async () => {
        for (let n = written.size; running; n++) {
          await create(n);
          await update(n);
          await increment(n);
          await convert(n);
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 * Math.random()));
        }
      })();
    },
    async stop() {
      running = false;
      await loop;
    },
    /** Makes the rows that all count in. */
    async prepare() {
      for (const id of SHARED) await tasks.create({ id, title: id, count: 0 });
      await sync.flush();
    },
  };
}
