/**
 * The embedded database goes back to a dump while visitors' browsers hold what they had sent since:
 * real engines that only send events, with a public write key. Results count each event once.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../src/server/config/check.js';
import { dumpsOf } from '../../src/server/database/dumps.js';
import { migrate } from '../../src/server/database/migrate.js';
import { openPglite } from '../../src/server/database/pglite.js';
import type { Server } from '../../src/server/server.js';
import { bytelystTransport, createSyncEngine, memoryStorage } from '../../src/sync/index.js';
import { platformPorts } from '../../src/sync/ports.js';
import { startServer } from './client.js';
import { fetchFrom } from './fetch.js';

const KEY = 'bl_write_visitors_of_the_healed_shop';

describe('events of an embedded database that went back to a dump', function () {
  this.timeout(120_000);
  let folder: string;
  let server: Server;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytelyst-healed-'));
  });
  afterEach(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async () => {
    const database = await openPglite(folder, { firstDump: 600_000, tell() {} });
    await migrate(database);
    const config = checkConfig({ workspaces: { shop: { writeKeys: [KEY] } } });
    server = await startServer(database, { config });
  };
  const stop = async () => {
    await server.close();
    await server.context.database.close();
  };
  /** The next page of a visitor; closed, it leaves what it has on the visitor's disk. */
  const visit = async (storage = memoryStorage()) => {
    const network = { ...platformPorts().network, fetch: fetchFrom(server, `Bearer ${KEY}`) };
    const sync = createSyncEngine({
      storage,
      transport: bytelystTransport({ url: '/v1' }),
      entities: { exposures: { append: 'keep' }, conversions: { append: 'forget' } },
      ports: { network },
    });
    await sync.ready;
    return { sync, storage };
  };
  const buy = async ({ sync }: Awaited<ReturnType<typeof visit>>, unit: string) => {
    const met = { experiment: 'hero', phase: 1, variant: 'bold', unit, at: Date.now() };
    const exposed = sync.collection('exposures').create({ id: `x-${unit}`, ...met });
    const row = { id: `c-${unit}`, name: 'bought', unit, value: 2, at: Date.now() };
    const bought = sync.collection('conversions').create(row);
    await Promise.all([exposed.synced, bought.synced]);
  };
  const counted = async () => {
    const [units] = await server.context.database.query<{ units: number }>(
      `select coalesce(sum(units), 0)::int as units from unit_rollups where workspace = 'shop'`,
    );
    const [events] = await server.context.database.query<{ value: number }>(
      `select coalesce(sum(value), 0)::int as value from conversions where workspace = 'shop'`,
    );
    return [units!.units, events!.value];
  };
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('come back from whoever sent them, and each counts once', async () => {
    await start();
    const early = await visit();
    await buy(early, 'early');
    await early.sync.close();
    await stop();
    const [dump] = await dumpsOf(folder).list();
    await cp(join(folder, 'dumps', dump!), join(folder, 'backup'), { recursive: true });
    await start();
    const late = await visit();
    await buy(late, 'late');
    await late.sync.close();
    expect(await counted()).to.deep.equal([2, 4]);
    await stop();

    await rm(join(folder, 'database'), { recursive: true });
    await cp(join(folder, 'backup'), join(folder, 'database'), { recursive: true });
    await start();
    expect(await counted()).to.deep.equal([1, 2]);
    // Each opens a page again, and sends nothing new.
    const again = [await visit(early.storage), await visit(late.storage)];
    await until(async () => isDeepStrictEqual(await counted(), [2, 4]));
    // Each hears of the new life of the database when it asks, whichever comes first.
    const rested = ({ sync }: (typeof again)[number]) => sync.getStatus().pending === 0;
    await until(async () => again.every(rested));
    for (const { sync } of again) {
      expect(sync.getStatus().failed).to.equal(0);
      await sync.close();
    }
    expect(await counted()).to.deep.equal([2, 4]);
  });
});
