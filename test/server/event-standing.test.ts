/** What the answer to events says about how safe they are; and that a number without a row is none. */
import { expect } from 'chai';
import type { EventsResponse, WireEvent } from '../../src/protocol/index.js';
import { createBackedUp } from '../../src/server/database/backed-up.js';
import { readStanding } from '../../src/server/database/promises.js';
import type { Server } from '../../src/server/server.js';
import { checkRanges, Client, keysOf, startServer } from './client.js';
import { onEachEngine } from './engines.js';

let count = 0;
function conversion(): WireEvent {
  return { type: 'conversion', id: `s-${++count}`, name: 'bought', unit: 'u', at: Date.now() };
}

onEachEngine('events without a number of their own', (engine) => {
  let server: Server;
  let client: Client;
  before(async () => {
    server = await startServer(engine.database());
  });
  beforeEach(async () => {
    client = await Client.in(server);
  });
  after(() => server.close());

  const send = async (...events: WireEvent[]) => {
    const response = await client.send(events);
    expect(response.statusCode, response.body).to.equal(200);
    return response.json<EventsResponse>();
  };
  const counter = async () => (await client.pull()).end.to;
  /** Asks anew each time, as a node does that has just started. */
  const backedUp = async (hours: number, seq: number) =>
    createBackedUp(engine.database(), hours)(client.workspace, seq);
  const grow = (hours: number) =>
    Promise.all(
      [
        `update rows set updated_at = updated_at - $2::float8 * interval '1 hour' where workspace = $1`,
        `update counter_marks set at = at - $2::float8 * interval '1 hour' where workspace = $1`,
      ].map((sql) => engine.database().query(sql, [client.workspace, hours])),
    );

  it('are promised the next one, those that come again too', async () => {
    const event = conversion();
    const { epoch } = server.context.identity;
    expect(await send(event)).to.include({ epoch, seq: 1 });
    expect(await send(event)).to.deep.include({
      seq: 1,
      results: [{ id: event.id, outcome: 'duplicate' }],
    });
    await client.push(client.create('a'), client.create('b'));
    expect(await send(event)).to.include({ seq: 3 });
    expect(await send(conversion())).to.include({ seq: 3 });
    expect(await counter()).to.equal(2);
  });

  it('are promised nothing when there are none, or all are refused', async () => {
    expect(await send()).to.include({ seq: 0 });
    expect(await send({ ...conversion(), unit: '' })).to.include({ seq: 0 });
    expect(
      await engine
        .database()
        .query('select 1 from sync_scopes where workspace = $1', [client.workspace]),
    ).to.deep.equal([]);
  });

  it('are on the disk as soon as what PostgreSQL has committed is', async () => {
    const { seq, durable } = await send(conversion());
    const onDisk = (await engine.database().durability()) === 'disk';
    expect(durable).to.equal(onDisk ? seq : 0);
  });

  it('are in every backup when the newest of the hour is old enough, and not sooner', async () => {
    await client.push(client.create('a'));
    const { seq } = await send(conversion());
    expect(seq).to.equal(2);
    // The first question moves the counter on; the row is as young.
    expect(await backedUp(1, seq)).to.equal(0);
    expect(await counter()).to.equal(2);
    await grow(0.9);
    expect(await backedUp(1, seq)).to.equal(0);
    // Another comes later, and is not safe with the first.
    const later = await send(conversion());
    expect(later.seq).to.equal(3);
    await grow(0.2);
    expect(await backedUp(1, later.seq)).to.equal(2);
    await grow(1);
    expect(await backedUp(1, later.seq)).to.equal(2);
    await grow(1.1);
    expect(await backedUp(1, later.seq)).to.equal(3);
  });

  it('move the counter on once in a while, however many they are', async () => {
    for (let i = 0; i < 5; i++) {
      const { seq } = await send(conversion());
      await backedUp(10, seq);
    }
    expect(await counter()).to.equal(1);
    await grow(0.2);
    await backedUp(10, 2);
    expect(await counter()).to.equal(2);
    // Marks that say nothing any more are let go.
    await grow(11);
    await send(conversion());
    await backedUp(10, 3);
    const marks = await engine
      .database()
      .query('select seq from counter_marks where workspace = $1', [client.workspace]);
    expect(marks).to.deep.equal([{ seq: 3 }]);
  });

  it('are safe with a later row, which takes the number', async () => {
    const { seq } = await send(conversion());
    await client.push(client.create('a'));
    expect(await backedUp(1, 1)).to.equal(0);
    await grow(1.1);
    expect(await backedUp(1, seq)).to.equal(1);
  });

  it('leave numbers without rows, which a pull passes over', async () => {
    const keys: string[] = [];
    let { cursor, to } = (await client.pull()).end;
    for (let i = 0; i < 6; i++) {
      const { seq } = await send(conversion());
      await backedUp(1, seq);
      await grow(1);
      if (i % 2) await client.push(client.create(`k${i}`));
      const told = await client.pull(cursor);
      checkRanges(told.pages, to);
      expect(told.end).to.include({ more: false });
      expect(told.end.to).to.be.above(to);
      ({ cursor, to } = told.end);
      keys.push(...keysOf(told));
    }
    expect(keys).to.deep.equal(['k1', 'k3', 'k5']);
    expect(keysOf(await client.pull())).to.deep.equal(keys);
  });

  it('are promised by many at once no number that has been reached', async () => {
    const { workspace } = client;
    const database = engine.database();
    let reached = 0;
    const pushes = Array.from({ length: 20 }, async (_, i) => {
      await client.push(client.create(`k${i}`));
      reached = Math.max(
        reached,
        (await readStanding(database, workspace, { promise: false })).seq,
      );
    });
    const promises = Array.from({ length: 20 }, async () => {
      const before = reached;
      const { seq } = await readStanding(database, workspace, { promise: true });
      expect(seq).to.be.above(before);
      return seq;
    });
    const promised = await Promise.all(promises);
    await Promise.all(pushes);
    const [scope] = await database.query<{ last: number }>(
      'select greatest(seq, promised) as last from sync_scopes where workspace = $1',
      [workspace],
    );
    expect(scope!.last).to.be.least(Math.max(...promised));
  });
});
