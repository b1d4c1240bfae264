import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Database } from '../../src/server/database/database.js';
import { type DatabaseIdentity, readIdentity } from '../../src/server/database/identity.js';
import { createHints, type Hints } from '../../src/server/sync/hints.js';
import { createLiveStreams } from '../../src/server/sync/live.js';
import { newWorkspace, onEachEngine } from './engines.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

onEachEngine('hints', (engine) => {
  let identity: DatabaseIdentity;
  beforeEach(async () => {
    identity = await readIdentity(engine.database());
  });

  /** The database, with the statements that hints send to it. */
  const watched = () => {
    const statements: string[] = [];
    const database: Database = {
      ...engine.database(),
      query: (sql, parameters) => {
        statements.push(sql);
        return engine.database().query(sql, parameters);
      },
    };
    return { database, statements };
  };
  const setCounter = (workspace: string, seq: number) =>
    engine.database().query(
      `insert into sync_scopes (workspace, seq) values ($1, $2::bigint)
       on conflict (workspace) do update set seq = excluded.seq`,
      [workspace, seq],
    );
  const collect = (hints: Hints, workspace: string) => {
    const heard: number[] = [];
    const leave = hints.subscribe(workspace, (seq) => heard.push(seq));
    return { heard, leave };
  };
  const until = async (test: () => boolean) => {
    while (!test()) await sleep(2);
  };

  it('of a hundred changes send few notifications, the last with the last counter', async () => {
    const { database, statements } = watched();
    const hints = await createHints(database, identity);
    const workspace = newWorkspace();
    const { heard } = collect(hints, workspace);
    for (let seq = 1; seq <= 100; seq++) {
      hints.changed(workspace, seq);
      await sleep(1);
    }
    await until(() => heard.at(-1) === 100);
    const sent = statements.filter((sql) => sql.includes('pg_notify')).length;
    expect(sent).to.be.within(1, 30);
    expect(heard).to.deep.equal([...heard].sort((a, b) => a - b));
    await hints.close();
  });

  it('tell the first change of a quiet workspace at once', async () => {
    const hints = await createHints(engine.database(), identity);
    const workspace = newWorkspace();
    const { heard } = collect(hints, workspace);
    hints.changed(workspace, 7);
    expect(heard).to.deep.equal([7]);
    await hints.close();
  });

  it('find by their poll what no notification told', async () => {
    const hints = await createHints(engine.database(), identity, { poll: 20 });
    const workspace = newWorkspace();
    const { heard } = collect(hints, workspace);
    await setCounter(workspace, 5);
    await until(() => heard.includes(5));
    await hints.close();
  });

  it('go on in a database that was put back beneath them, also to before the workspace', async () => {
    const hints = await createHints(engine.database(), identity, { poll: 20 });
    const [workspace, unmade] = [newWorkspace(), newWorkspace()];
    const [{ heard }, { heard: heardOfUnmade }] = [
      collect(hints, workspace),
      collect(hints, unmade),
    ];
    for (const name of [workspace, unmade]) await setCounter(name, 9);
    await until(() => heard.includes(9) && heardOfUnmade.includes(9));
    await setCounter(workspace, 5);
    await engine.database().query('delete from sync_scopes where workspace = $1', [unmade]);
    await until(() => heard.includes(5) && heardOfUnmade.includes(0));
    hints.changed(workspace, 6);
    hints.changed(unmade, 1);
    await until(() => heard.includes(6) && heardOfUnmade.includes(1));
    await hints.close();
  });

  it('go on after a restore whose counter has caught up before anybody looked', async () => {
    // No poll comes to help.
    const hints = await createHints(engine.database(), identity, { poll: 2 ** 31 - 1 });
    const [workspace, idle] = [newWorkspace(), newWorkspace()];
    for (const name of [workspace, idle]) await setCounter(name, 8);
    const [{ heard }, { heard: heardOfIdle }] = [collect(hints, workspace), collect(hints, idle)];
    await until(() => heard.includes(8) && heardOfIdle.includes(8));
    // As a backup of 3 does that is noticed by the first push: five of them are told together.
    await engine.database().query(`update identity set epoch = $1`, [`after-${identity.epoch}`]);
    Object.assign(identity, await readIdentity(engine.database()));
    await setCounter(workspace, 8);
    for (let seq = 4; seq <= 8; seq++) hints.changed(workspace, seq);
    await until(() => heard.length > 1 && heardOfIdle.length > 1);
    expect([heard.at(-1), heardOfIdle.at(-1)]).to.deep.equal([8, 8]);
    hints.changed(workspace, 9);
    await until(() => heard.includes(9));
    await hints.close();
  });

  it('hear by their poll of an epoch that another node has found', async () => {
    const hints = await createHints(engine.database(), identity, { poll: 20 });
    const workspace = newWorkspace();
    await setCounter(workspace, 8);
    const { heard } = collect(hints, workspace);
    await until(() => heard.includes(8));
    await engine.database().query(`update identity set epoch = $1`, [`found-${identity.epoch}`]);
    await until(() => heard.length > 1);
    expect(heard).to.deep.equal([8, 8]);
    // Late word of the life that is over.
    hints.changed(workspace, 12);
    await sleep(100);
    expect(heard).to.deep.equal([8, 8]);
    await hints.close();
  });

  it('ask once for a herd that comes back, and tell each where its counter stands', async () => {
    const { database, statements } = watched();
    const hints = await createHints(database, identity);
    const workspaces = [newWorkspace(), newWorkspace()];
    for (const [i, workspace] of workspaces.entries()) await setCounter(workspace, i + 1);
    const herd = Array.from({ length: 500 }, (_, i) => collect(hints, workspaces[i % 2]!));
    await until(() => herd.every(({ heard }) => heard.length));
    for (const [i, { heard }] of herd.entries()) expect(heard).to.deep.equal([(i % 2) + 1]);
    expect(statements).to.have.length(1);
    await hints.close();
  });

  it('tell nobody who has left', async () => {
    const hints = await createHints(engine.database(), identity);
    const workspace = newWorkspace();
    const [stays, leaves] = [collect(hints, workspace), collect(hints, workspace)];
    leaves.leave();
    hints.changed(workspace, 1);
    expect([stays.heard, leaves.heard]).to.deep.equal([[1], []]);
    await hints.close();
  });
});

describe('live streams', () => {
  /** Hints that the test gives by hand. */
  const byHand = () => {
    const callbacks = new Set<(seq: number) => void>();
    const hints: Hints = {
      changed() {},
      subscribe(_workspace, callback) {
        callbacks.add(callback);
        return () => callbacks.delete(callback);
      },
      close: async () => {},
    };
    return { hints, tell: (seq: number) => callbacks.forEach((callback) => callback(seq)) };
  };

  it('drop a reader with 64 KB unread, and keep one that reads', async () => {
    const { hints, tell } = byHand();
    const streams = createLiveStreams(hints, { max: 10 });
    const node = createServer((_request, response) => {
      streams.add('w', response, async () => true);
    });
    node.listen(0, '127.0.0.1');
    await once(node, 'listening');
    const { port } = node.address() as AddressInfo;
    const open = async () => {
      const socket = connect(port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      await once(socket, 'data');
      return socket;
    };
    const [reads, sleeps] = [await open(), await open()];
    reads.resume();
    sleeps.pause();
    // What the kernel takes for it comes on top of what is held here.
    for (let seq = 1; streams.dropped === 0; seq++) {
      tell(seq);
      if (seq % 500 === 0) await sleep(0);
    }
    expect(streams.dropped).to.equal(1);
    while (streams.open > 1) await sleep(2);
    expect(reads.destroyed).to.equal(false);
    reads.destroy();
    sleeps.destroy();
    node.close();
  }).timeout(30_000);

  it('are full at their bound, and while they are being sent away', async () => {
    const { hints } = byHand();
    expect(createLiveStreams(hints, { max: 0 }).full).to.equal(true);
    const streams = createLiveStreams(hints, { max: 1 });
    expect(streams.full).to.equal(false);
    streams.close();
    expect(streams.full).to.equal(true);
  });

  it('tell each reader its own time to come back', async () => {
    const times = new Set<string>();
    const { hints } = byHand();
    const streams = createLiveStreams(hints);
    const node = createServer((_request, response) => {
      streams.add('w', response, async () => true);
      streams.close();
    });
    node.listen(0, '127.0.0.1');
    await once(node, 'listening');
    const { port } = node.address() as AddressInfo;
    for (let i = 0; i < 20; i++) {
      const text = await (
        await fetch(`http://127.0.0.1:${port}/${randomBytes(2).toString('hex')}`)
      ).text();
      for (const [, time] of text.matchAll(/retry: (\d+)/g)) {
        expect(Number(time)).to.be.within(2_000, 10_000);
        times.add(time!);
      }
    }
    expect(times.size).to.be.above(10);
    node.close();
  });
});
