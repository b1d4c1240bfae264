import { expect } from 'chai';
import type { Server } from '../../src/server/server.js';
import { Client, startServer } from './client.js';
import { onEachEngine } from './engines.js';

onEachEngine('a database that went back in time', (engine) => {
  let server: Server;
  let client: Client;
  beforeEach(async () => {
    server = await startServer(engine.database());
    client = await Client.in(server);
  });
  afterEach(() => server.close());

  const storedEpoch = async () => {
    const [row] = await engine.database().query<{ epoch: string }>('select epoch from identity');
    return row!.epoch;
  };

  it('starts a new epoch when it starts on another copy of the data', async () => {
    const before = await storedEpoch();
    const unchanged = await startServer(engine.database());
    expect(unchanged.context.identity.epoch).to.equal(before);
    await unchanged.close();
    await engine.database().query(`update identity set origin = 'the copy it was dumped from'`);
    const restored = await startServer(engine.database());
    expect(restored.context.identity.epoch).to.not.equal(before);
    expect(await storedEpoch()).to.equal(restored.context.identity.epoch);
    await restored.close();
  });

  it('is found out by a cursor that is ahead of it, and told in a new epoch', async () => {
    await client.push(client.create('a'), client.create('b'));
    const { end } = await client.pull();
    const { epoch } = end;
    await engine
      .database()
      .query('update sync_scopes set seq = 1 where workspace = $1', [client.workspace]);
    expect((await client.pull(end.cursor)).reset).to.deep.equal({ reset: true, reason: 'epoch' });
    expect(await storedEpoch()).to.not.equal(epoch);
    expect((await client.pull()).end.epoch).to.equal(await storedEpoch());
  });

  it('is noticed beneath a node that keeps running, by push and by pull', async () => {
    await client.push(client.create('a'));
    for (const ask of ['push', 'pull'] as const) {
      const { end } = await client.pull();
      const before = server.context.identity.epoch;
      // As a backup of before that another node has put in place.
      await engine.database().query(`update identity set epoch = $1`, [`restored-${ask}`]);
      if (ask === 'pull') {
        expect((await client.pull(end.cursor)).reset).to.include({ reason: 'epoch' });
      } else {
        const stale = { client: client.id, epoch: before, mutations: [client.create('late')] };
        const answer = await client.request('POST', '/v1/sync/push', stale);
        expect(answer.json()).to.include({ code: 'epoch-changed', status: 409 });
      }
      expect(server.context.identity.epoch).to.equal(`restored-${ask}`);
    }
    expect(await client.push(client.create('b'))).to.have.nested.property('[0].outcome', 'applied');
  });
});
