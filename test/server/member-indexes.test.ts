/** Indexes that the config declares: scoped pulls are the same with them, and find their rows. */
import { expect } from 'chai';
import fc from 'fast-check';
import { checkConfig } from '../../src/server/config/check.js';
import { readIdentity } from '../../src/server/database/identity.js';
import { keepMemberIndexes, type MemberIndex } from '../../src/server/database/member-indexes.js';
import { feedFor, type FeedLine, feedStatement } from '../../src/server/sync/feed.js';
import type { Scopes } from '../../src/protocol/index.js';
import { Client, keysOf, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';

const collection = { schema: { type: 'object' }, read: 'viewer', write: 'editor' };
const configWith = (...indexes: string[]) =>
  checkConfig({ collections: { tasks: { ...collection, indexes }, notes: collection } });
const [indexed, plain] = [configWith('project', 'owner'), configWith()];

onEachEngine('indexes on members', (engine) => {
  const named = (...members: string[]): MemberIndex[] =>
    members.map((member) => ({ collection: 'tasks', member }));
  const there = async () => {
    const found = await engine.database().query<{ of: string; valid: boolean }>(
      `select obj_description(i.indexrelid, 'pg_class') as of, i.indisvalid as valid
         from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = 'rows'::regclass and starts_with(c.relname, 'rows_by_member_')
        order by 1`,
    );
    return found.map(({ of, valid }) => `${of}${valid ? '' : ' (invalid)'}`);
  };
  before(() => readIdentity(engine.database()));
  afterEach(() => keepMemberIndexes(engine.database(), []));

  it('are made when a server starts that declares them, and dropped by one that does not', async () => {
    const first = await startServer(engine.database(), { config: indexed });
    expect(await there()).to.deep.equal(['tasks.owner', 'tasks.project']);
    const second = await startServer(engine.database(), { config: configWith('owner') });
    expect(await there()).to.deep.equal(['tasks.owner']);
    const third = await startServer(engine.database());
    expect(await there()).to.deep.equal([]);
    await Promise.all([first.close(), second.close(), third.close()]);
  });

  it('are made anew where one was left half made', async () => {
    const database = engine.database();
    await keepMemberIndexes(database, named('owner'));
    const workspace = newWorkspace();
    await database.query(
      `insert into rows (workspace, collection, key, version, seq, value, updated_by)
       select $1, 'tasks', n::text, 1, n, '{}', 'test' from generate_series(1, 2) as n`,
      [workspace],
    );
    const [index] = await database.query<{ name: string }>(
      `select relname as name from pg_class where starts_with(relname, 'rows_by_member_')`,
    );
    await database.query(`drop index ${index!.name}`);
    const failed = await database
      .session((session) =>
        session.query(`create unique index concurrently ${index!.name} on rows (workspace)`),
      )
      .catch((error: unknown) => error);
    expect(failed).to.have.property('code', '23505');
    await database.query(`comment on index ${index!.name} is 'half made'`);
    expect(await there()).to.deep.equal(['half made (invalid)']);
    await keepMemberIndexes(database, named('owner'));
    expect(await there()).to.deep.equal(['tasks.owner']);
  });

  it('take whatever a member is, however long', async () => {
    const server = await startServer(engine.database(), { config: indexed });
    const client = await Client.in(server);
    const values = ['x'.repeat(50_000), { a: [1] }, [], null, 1e300, false];
    const results = await client.push(
      ...values.map((project, i) => client.mutation(`k${i}`, { value: { project } })),
    );
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(values.map(() => 'applied'));
    expect(
      keysOf(await client.pull('', 'tasks', '', { tasks: [{ project: null }] })),
    ).to.deep.equal(['k3']);
    await server.close();
  });

  const member = fc.constantFrom('p1', 'p2', 1, null, true, '');
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.record({ project: member, owner: member, done: member }) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const row = fc.record({ collection: fc.constantFrom('tasks', 'notes'), value });
  const scope = fc
    .dictionary(fc.constantFrom('project', 'owner', 'done'), member, { minKeys: 1 })
    .map((given) => ({ ...given }));
  const scopes = fc.record(
    {
      tasks: fc.array(scope, { minLength: 1, maxLength: 3 }),
      notes: fc.array(scope, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: [] },
  );

  it('change nothing of what a pull tells, from wherever and however much', async function () {
    this.timeout(120_000);
    const database = engine.database();
    await keepMemberIndexes(database, named('project', 'owner'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 30 }),
        scopes,
        fc.nat(30),
        fc.oneof(fc.nat(32), fc.constant(Number.MAX_SAFE_INTEGER)),
        fc.integer({ min: 1, max: 12 }),
        async (rows, asked, seq, began, limit) => {
          const workspace = newWorkspace();
          await database.query(
            `insert into rows (workspace, collection, key, version, seq, value, updated_by)
             select $1, collection, 'k' || n, 1, n, value, 'test'
               from json_to_recordset($2::json) as r(n int, collection text, value jsonb)`,
            [
              workspace,
              JSON.stringify(rows.map((one, i) => ({ ...one, value: one.value, n: i + 1 }))),
            ],
          );
          const [withIndexes, without] = await Promise.all(
            [indexed, plain].map(({ collections }) => {
              const feed = feedFor(collections, workspace, ['tasks', 'notes'], asked as Scopes);
              const { sql, parameters } = feedStatement(
                feed,
                { workspace, view: '', seq, began },
                limit,
              );
              return database.forWorkspace(workspace).query<FeedLine>(sql, parameters);
            }),
          );
          expect(without).to.not.have.length(0);
          expect(withIndexes).to.deep.equal(without);
        },
      ),
      { numRuns: 150 },
    );
  });

  interface Plan {
    'Index Name'?: string;
    'Relation Name'?: string;
    'Actual Rows': number;
    'Actual Loops': number;
    'Rows Removed by Filter'?: number;
    Plans?: Plan[];
  }
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

  it('are what the planner takes: of many rows a first pull reads its own', async function () {
    this.timeout(120_000);
    const database = engine.database();
    const workspace = newWorkspace();
    await database.query(
      `insert into rows (workspace, collection, key, version, seq, value, updated_by)
       select $1, 'tasks', 'k' || n, 1, n, jsonb_build_object('project', 'p' || n % 1000), 'test'
         from generate_series(1, 20000) as n`,
      [workspace],
    );
    const read = async (config: typeof indexed) => {
      const feed = feedFor(config.collections, workspace, ['tasks'], {
        tasks: [{ project: 'p7' }, { project: 'p8' }],
      });
      const position = { workspace, view: '', seq: 0, began: Number.MAX_SAFE_INTEGER };
      const { sql, parameters } = feedStatement(feed, position, 1_000);
      const [explained] = await database
        .forWorkspace(workspace)
        .query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `explain (analyze, format json) ${sql}`,
          parameters,
        );
      const plan = explained!['QUERY PLAN'][0].Plan;
      const [line] = await database.forWorkspace(workspace).query<FeedLine>(sql, parameters);
      expect(line).to.deep.include({ count: 40, to: 19_008 });
      const scans = nodes(plan).filter(
        (node) => node['Relation Name'] === 'rows' || node['Index Name'],
      );
      return {
        rows: scans.reduce(
          (sum, node) =>
            sum +
            node['Actual Loops'] * (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)),
          0,
        ),
        byMember: scans.some((node) => node['Index Name']?.startsWith('rows_by_member_')),
      };
    };
    await database.query('analyze rows');
    const before = await read(plain);
    expect(before.byMember).to.equal(false);
    expect(before.rows).to.be.at.least(20_000);
    await keepMemberIndexes(database, named('project'));
    const after = await read(indexed);
    expect(after.byMember).to.equal(true);
    expect(after.rows).to.be.within(40, 200);
  });

  it('can be made by many nodes at once while others push', async function () {
    if (engine.name === 'PGlite') {
      // One connection: they take turns.
      await Promise.all([1, 2, 3].map(() => keepMemberIndexes(engine.database(), named('owner'))));
      return expect(await there()).to.deep.equal(['tasks.owner']);
    }
    this.timeout(60_000);
    const server = await startServer(engine.database());
    const client = await Client.in(server);
    let made = false;
    const pushing = (async () => {
      let pushes = 0;
      for (; !made || pushes < 10; pushes++) await client.push(client.create(`k${pushes}`));
      return pushes;
    })();
    const nodesOf = await Promise.all([1, 2, 3, 4].map(() => engine.openAnother()));
    await Promise.all(nodesOf.map((node) => keepMemberIndexes(node, named('project', 'owner'))));
    made = true;
    const pushes = await pushing;
    expect(await there()).to.deep.equal(['tasks.owner', 'tasks.project']);
    expect(keysOf(await client.pull())).to.have.length(pushes);
    await Promise.all(nodesOf.map((node) => node.close()));
    await server.close();
  });

  it('look through a view that shows a workspace its own rows only, and takes none', async () => {
    const [mine, theirs] = [newWorkspace(), newWorkspace()];
    for (const workspace of [mine, theirs]) {
      await engine.database().query(
        `insert into rows (workspace, collection, key, version, seq, value, updated_by)
         values ($1, 'tasks', 'k', 1, 1, '{}', 'test')`,
        [workspace],
      );
    }
    const store = engine.database().forWorkspace(mine);
    expect(await store.query('select workspace from own_rows')).to.deep.equal([
      { workspace: mine },
    ]);
    expect(await engine.database().query('select workspace from own_rows')).to.deep.equal([]);
    for (const sql of ['delete from own_rows', `update own_rows set key = 'x'`]) {
      const error = await store.query(sql).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', '42501');
    }
  });
});
