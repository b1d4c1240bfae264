import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { signToken } from '../../src/server/access/bearer.js';
import { createRevocations } from '../../src/server/access/revocations.js';
import { signCode } from '../../src/server/access/sign-in-link.js';
import {
  endSession,
  endSessionsOf,
  endWriteKey,
  findToken,
  issueToken,
  renewSession,
  sessionStands,
} from '../../src/server/access/tokens.js';
import type { Database } from '../../src/server/database/database.js';
import type { Server } from '../../src/server/server.js';
import { SECRET, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';

onEachEngine('a token before its time', (engine) => {
  let server: Server;
  let workspace: string;
  before(async () => {
    server = await startServer(engine.database());
  });
  beforeEach(() => {
    workspace = newWorkspace();
  });
  after(() => server.close());

  const token = (subject = 'ann', now = Date.now()) =>
    signToken(SECRET, { subject, workspace, role: 'admin' }, 600, { now });
  const status = async (bearer: string, on = server) =>
    (
      await on.app.inject({
        url: '/v1/session',
        headers: { authorization: `Bearer ${bearer}` },
      })
    ).statusCode;
  const revoke = (bearer: string, payload: object) =>
    server.app.inject({
      method: 'POST',
      url: '/v1/revocations',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    });
  const jtiOf = (bearer: string) =>
    (JSON.parse(Buffer.from(bearer.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti;

  it('ends by signing out with it, and is not taken again', async () => {
    const [own, other] = [await token(), await token()];
    const out = await server.app.inject({
      method: 'DELETE',
      url: '/v1/session',
      headers: { authorization: `Bearer ${own}` },
    });
    expect(out.statusCode).to.equal(204);
    expect(await status(own)).to.equal(401);
    expect(await status(other)).to.equal(200);
  });

  it('ends on every node, also one that was not told, whatever the clocks of the others say', async () => {
    const revocations = await createRevocations(engine.database(), Date.now, { poll: 20 });
    const covers = (credential: string) =>
      revocations.covers({ workspace, subject: 'ann', role: 'admin', via: 'token', credential });
    const store = (name: string, before: number) =>
      engine.database().query(
        `insert into revocations (workspace, kind, name, before)
         values ($1, 'token', $2, $3::bigint)`,
        [workspace, name, before],
      );
    const until = async (name: string) => {
      while (!covers(name)) await delay(5);
    };
    await store('by a node that is ahead', Date.now() + 300_000);
    await until('by a node that is ahead');
    await store('by a node that is right', Date.now());
    await until('by a node that is right');
    await store('by a node that is behind', Date.now() - 300_000);
    await until('by a node that is behind');
    await revocations.close();
  });

  it('ends by its name, in its workspace only', async () => {
    const [admin, taken] = [await token('boss'), await token()];
    const elsewhere = await signToken(
      SECRET,
      { subject: 'x', workspace: newWorkspace(), role: 'admin' },
      600,
    );
    await revoke(elsewhere, { token: jtiOf(taken) });
    expect(await status(taken)).to.equal(200);
    expect((await revoke(admin, { token: jtiOf(taken) })).statusCode).to.equal(204);
    expect(await status(taken)).to.equal(401);
  });

  it('ends with all that its subject was given before, and nothing given after', async () => {
    const old = [await token('ann', Date.now() - 60_000), await token('ann')];
    const admin = await token('boss');
    const grant = { subject: 'ann', workspace, role: 'editor', seconds: 600 } as const;
    const cookie = `bytelyst-session=${await issueToken(engine.database(), 'session', grant)}`;
    expect((await revoke(admin, { subject: 'ann' })).statusCode).to.equal(204);
    for (const bearer of old) expect(await status(bearer)).to.equal(401);
    const byCookie = await server.app.inject({ url: '/v1/session', headers: { cookie } });
    expect(byCookie.statusCode).to.equal(401);
    expect(await status(admin)).to.equal(200);
    expect(await status(await token('ann', Date.now() + 2_000))).to.equal(200);
  });

  it('may be a write key, which is then taken no more', async () => {
    const admin = await token('boss');
    const grant = { subject: 'k', workspace, role: 'writer' } as const;
    const key = await issueToken(engine.database(), 'write-key', grant);
    const config = () =>
      server.app.inject({ url: '/v1/config', headers: { authorization: `Bearer ${key}` } });
    expect((await config()).statusCode).to.equal(200);
    expect((await revoke(admin, { writeKey: key })).statusCode).to.equal(204);
    expect((await config()).statusCode).to.equal(401);
    expect((await revoke(admin, { writeKey: key })).statusCode).to.equal(404);
  });

  it('is named by exactly one of subject, token and write key', async () => {
    const admin = await token('boss');
    for (const body of [{}, { subject: 'a', token: 'b' }, { user: 'a' }, { subject: '' }]) {
      expect((await revoke(admin, body)).statusCode, JSON.stringify(body)).to.equal(422);
    }
  });

  it('is known to a server that starts later', async () => {
    const own = await token();
    await revoke(await token('boss'), { subject: 'ann' });
    const later = await startServer(engine.database());
    expect(await status(own, later)).to.equal(401);
    await later.close();
  });

  if (engine.name === 'PostgreSQL') {
    it('is known to another node within moments', async () => {
      const database = await engine.openAnother();
      const node = await startServer(database);
      const own = await token();
      expect(await status(own, node)).to.equal(200);
      await revoke(await token('boss'), { subject: 'ann' });
      for (let i = 0; i < 100 && (await status(own, node)) === 200; i++) await delay(20);
      expect(await status(own, node)).to.equal(401);
      await node.close();
      await database.close();
    });
  }

  describe('of a session', () => {
    const signIn = async () => {
      const grant = { subject: 'admin', workspace, role: 'admin' } as const;
      const code = await signCode(SECRET, grant, 60);
      const response = await server.app.inject(`/ops/sign-in?code=${code}`);
      return String(response.headers['set-cookie']).split(';')[0]!.split('=')[1]!;
    };
    const works = async (session: string) => {
      const headers = { cookie: `bytelyst-session=${session}` };
      return (await server.app.inject({ url: '/v1/session', headers })).statusCode === 200;
    };
    const age = (column: string, by: string) =>
      engine
        .database()
        .query(`update tokens set ${column} = ${column} - $1::interval where workspace = $2`, [
          by,
          workspace,
        ]);

    it('is renewed after a day, by two tabs at once without losing either', async () => {
      const session = await signIn();
      const database = engine.database();
      expect(await renewSession(database, session, 600), 'too young').to.equal(null);
      await age('created_at', '25 hours');
      const [one, two] = await Promise.all([
        renewSession(database, session, 600),
        renewSession(database, session, 600),
      ]);
      expect(one).to.be.a('string');
      expect(two).to.be.a('string').and.not.equal(one);
      for (const each of [session, one!, two!]) expect(await works(each)).to.equal(true);
    });

    it('is looked for in all workspaces; whatever is done then is done in its own', async () => {
      const everywhere: string[] = [];
      const database: Database = {
        ...engine.database(),
        query(sql, parameters) {
          everywhere.push(sql.trim());
          return engine.database().query(sql, parameters);
        },
        transaction: () => Promise.reject(new Error('sees every workspace')),
      };
      const grant = { subject: 'ann', workspace, role: 'admin', seconds: 600 } as const;
      const session = await issueToken(database, 'session', grant);
      await age('created_at', '25 hours');
      const next = (await renewSession(database, session, 600))!;
      const who = (await findToken(database, 'session', next))!;
      expect(await sessionStands(database, who)).to.equal(true);
      // The wall holds even where the caller names another workspace.
      const elsewhere = { ...who, workspace: newWorkspace() };
      expect(await sessionStands(database, elsewhere)).to.equal(false);
      await endSession(database, session);
      expect(await sessionStands(database, who)).to.equal(false);

      const other = await issueToken(database, 'session', grant);
      await endSessionsOf(database, newWorkspace(), 'ann');
      expect(await findToken(database, 'session', other)).to.include({ subject: 'ann' });
      await endSessionsOf(database, workspace, 'ann');
      expect(await findToken(database, 'session', other)).to.equal(null);
      const key = await issueToken(database, 'write-key', { ...grant, role: 'writer' });
      expect(await endWriteKey(database, newWorkspace(), key)).to.equal(false);
      expect(await endWriteKey(database, workspace, key)).to.equal(true);
      expect(everywhere.filter((sql) => !/^select .* where hash = \$1/s.test(sql))).to.deep.equal(
        [],
      );
    });

    it('ends with all its family when one that was replaced long ago is shown', async () => {
      const session = await signIn();
      await age('created_at', '25 hours');
      const next = await renewSession(engine.database(), session, 600);
      await age('replaced_at', '1 minute');
      expect(await works(session), 'the copy').to.equal(false);
      expect(await works(next!), 'its successor').to.equal(false);
    });
  });
});
