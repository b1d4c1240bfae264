import { expect } from 'chai';
import { decide } from '../../src/experiments/decide.js';
import type { ExperimentsConfig, Results } from '../../src/experiments/model.js';
import type { EventsResponse, JsonObject, WireEvent } from '../../src/protocol/index.js';
import { checkConfig } from '../../src/server/config/check.js';
import type { Assignment } from '../../src/server/experiments/assignment.js';
import type { AuditEntry, AuditVerification } from '../../src/server/experiments/audit.js';
import { exportLines } from '../../src/server/experiments/export.js';
import { refuseUnprovable } from '../../src/server/experiments/proof.js';
import { rebuildRollups } from '../../src/server/experiments/rebuild.js';
import { createRetention } from '../../src/server/experiments/retention.js';
import type { Server } from '../../src/server/server.js';
import { Client, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { rollupsOf } from './rollups-model.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = NOON + 10 * DAY;
const WEB = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36';

const EXPERIMENT: JsonObject = {
  key: 'hero',
  name: 'Hero',
  hypothesis: '',
  kind: 'ab',
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: 'hero',
  coverage: 1,
  variants: [
    { key: 'control', name: 'Control', weight: 0.5 },
    { key: 'bold', name: 'Bold', weight: 0.5 },
  ],
  metrics: { primary: 'revenue', secondary: [], guardrails: [] },
  plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
  owner: 'web',
  tags: [],
  createdAt: '2026-11-20T00:00:00.000Z',
};
const METRIC = { key: 'revenue', name: 'Revenue', event: 'purchase', kind: 'mean' };

let count = 0;
function exposure(unit: string, more: Partial<WireEvent> = {}): WireEvent {
  const id = `x${++count}`;
  const met = { experiment: 'hero', phase: 1, variant: 'control', unit, at: NOON };
  return { type: 'exposure', id, ...met, ...more } as WireEvent;
}
function conversion(unit: string, value = 1, at = NOON + HOUR): WireEvent {
  return { type: 'conversion', id: `c${++count}`, name: 'purchase', unit, value, at };
}

onEachEngine('experiments', (engine) => {
  let server: Server;
  let now = NOW;
  const strict = newWorkspace();
  const forgetful = newWorkspace();
  const told = newWorkspace();
  const config = checkConfig({
    workspaces: {
      [strict]: { assignmentTokens: true, groups: { staff: ['visitor-1', 7] } },
      [forgetful]: { retentionDays: 30 },
      [told]: { dimensions: ['browser'] },
    },
  });
  before(async () => {
    server = await startServer(engine.database(), { config, now: () => now });
  });
  beforeEach(() => {
    now = NOW;
  });
  after(() => server.close());

  const started = async (workspace = newWorkspace()) => {
    const client = await Client.in(server, workspace, 'admin');
    const rows = [
      { collection: 'experiments', value: EXPERIMENT },
      { collection: 'metrics', value: METRIC },
    ];
    await client.push(
      ...rows.map(({ collection, value }) =>
        client.mutation(value.key as string, { collection, value }),
      ),
    );
    return client;
  };
  const send = async (client: Client, ...events: WireEvent[]) => {
    const response = await client.send(events, now);
    expect(response.statusCode, response.body).to.equal(200);
    return response.json<EventsResponse>().results;
  };
  const resultsOf = async (client: Client, query = '') => {
    const response = await client.request('GET', `/v1/experiments/hero/results${query}`);
    expect(response.statusCode, response.body).to.equal(200);
    return response.json<Results>();
  };
  const writeKeyOf = async (client: Client) =>
    (await client.request('POST', '/v1/write-keys', {})).json<{ key: string }>().key;

  describe('results', () => {
    it('are told at once, and to nobody of another workspace', async () => {
      const client = await started();
      await send(client, exposure('u1'), conversion('u1', 5));
      expect((await resultsOf(client)).metrics.revenue?.sum).to.deep.equal([[5], [0]]);
      const other = await Client.in(server);
      const response = await other.request('GET', '/v1/experiments/hero/results');
      expect(response.statusCode).to.equal(404);
    });

    it('are told by the values of a dimension that the config declares', async () => {
      const client = await started(told);
      const of = (unit: string, browser: string) =>
        exposure(unit, { dimensions: { browser, page: '/' } });
      await send(client, of('u1', 'Firefox'), of('u2', 'Safari'), of('u3', 'Safari'));
      await send(client, conversion('u2', 3), conversion('u3', 4));
      const { segments } = (await resultsOf(client, '?dimension=browser')) as unknown as {
        segments: (Results & { value: string })[];
      };
      expect(segments.map(({ value, units }) => [value, units])).to.deep.equal([
        ['Safari', [[2], [0]]],
        ['Firefox', [[1], [0]]],
      ]);
      expect(segments[0]!.metrics.revenue?.sum).to.deep.equal([[7], [0]]);
      const unknown = await client.request('GET', '/v1/experiments/hero/results?dimension=page');
      expect(unknown.statusCode).to.equal(404);
    });

    it('leave out what bots send, and say how much that was', async () => {
      const client = await started();
      const authorization = `Bearer ${await writeKeyOf(client)}`;
      const sendAs = (userAgent: string, ...events: WireEvent[]) =>
        server.app.inject({
          method: 'POST',
          url: '/v1/events',
          headers: { authorization, 'user-agent': userAgent },
          payload: { sentAt: now, events },
        });
      const bot = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
      await sendAs(bot, exposure('b1'), exposure('b2'), conversion('u1', 100));
      await sendAs(WEB, exposure('u1'), conversion('u1', 1));
      const { units, bots, metrics } = await resultsOf(client);
      expect({ units, bots }).to.deep.equal({ units: [[1], [0]], bots: 2 });
      expect(metrics.revenue?.sum).to.deep.equal([[1], [0]]);
    });

    it('count what arrives late on the day it happened, and say how many exposures that were', async () => {
      const client = await started();
      const DAY = 24 * HOUR;
      await send(
        client,
        exposure('u1', { at: now - DAY }),
        exposure('u2', { at: now - DAY - 1 }),
        exposure('u3', { at: now - 3 * DAY }),
        conversion('u3', 2, now - 3 * DAY + HOUR),
      );
      const { days, units, late, metrics } = await resultsOf(client);
      const day = (at: number) => new Date(at).toISOString().slice(0, 10);
      expect(days).to.deep.equal([day(now - 3 * DAY), day(now - DAY)]);
      expect({ units, late }).to.deep.equal({
        units: [
          [1, 2],
          [0, 0],
        ],
        late: 2,
      });
      expect(metrics.revenue?.sum[0]).to.deep.equal([2, 0]);

      await rebuildRollups(engine.database(), client.workspace, []);
      expect(await resultsOf(client)).to.have.property('late', 2);
      await client.request('DELETE', '/v1/units/u2');
      expect(await resultsOf(client)).to.have.property('late', 1);
      await client.request('DELETE', '/v1/units/u3');
      expect(await resultsOf(client)).not.to.have.property('late');
    });

    it('are those that were computed elsewhere, until they are deleted', async () => {
      const client = await started();
      await send(client, exposure('u1'));
      // Takes the look of the day before, too.
      await server.context.publisher.publish();
      const own = await resultsOf(client);
      const summaries = {
        phase: 1,
        variants: ['control', 'bold'],
        days: ['2026-11-19', '2026-11-20'],
        units: [
          [10, 20],
          [11, 21],
        ],
        multiple: 1,
        metrics: {
          revenue: {
            sum: [
              [1, 2],
              [3, 4],
            ],
            m2: [
              [1, 1],
              [1, 1],
            ],
          },
        },
      };
      const url = '/v1/experiments/hero/summaries';
      expect((await client.request('PUT', url, summaries)).statusCode).to.equal(204);
      expect(await resultsOf(client)).to.deep.equal({ ...summaries, updatedAt: own.updatedAt });
      await server.context.publisher.publish();
      const { pages } = await client.pull('', 'results');
      expect(pages[0]?.values[0]?.units).to.deep.equal(summaries.units);
      expect((await client.request('DELETE', url)).statusCode).to.equal(204);
      expect(await resultsOf(client)).to.deep.equal(own);
      expect((await client.request('DELETE', url)).statusCode).to.equal(404);
    });

    it('are not taken from elsewhere in the wrong shape, without the role, or for nothing', async () => {
      const client = await started();
      const summaries = {
        phase: 1,
        variants: ['control', 'bold'],
        days: ['2026-11-19'],
        units: [[1], [1, 2]],
        multiple: 0,
        metrics: {},
      };
      const url = '/v1/experiments/hero/summaries';
      const misshapen = await client.request('PUT', url, summaries);
      expect(misshapen.json()).to.have.nested.property('errors[0].pointer', '/units');
      const viewer = await Client.in(server, client.workspace, 'viewer');
      const right = { ...summaries, units: [[1], [2]] };
      expect((await viewer.request('PUT', url, right)).statusCode).to.equal(403);
      const nowhere = await client.request('PUT', '/v1/experiments/none/summaries', right);
      expect(nowhere.statusCode).to.equal(404);
    });

    it('are not taken from elsewhere where they are long as they would be told', async () => {
      const client = await started();
      const days = Array.from({ length: 1_600 }, (_, i) => new Date(NOON + i * DAY).toISOString());
      const matrix = (cell: number) => [1, 2].map(() => days.map(() => cell));
      const put = (cell: number) =>
        client.request('PUT', '/v1/experiments/hero/summaries', {
          phase: 1,
          variants: ['control', 'bold'],
          days: days.map((day) => day.slice(0, 10)),
          units: matrix(10),
          multiple: 0,
          metrics: { revenue: { sum: matrix(cell), m2: matrix(1) } },
        });
      expect((await put(1e300)).json()).to.include({ code: 'payload-too-large', status: 413 });
      expect((await put(12.5)).statusCode).to.equal(204);
    });

    it('are published however many of a workspace are behind', async () => {
      const client = await started();
      const keys = Array.from({ length: 25 }, (_, i) => `many-${i}`);
      await client.push(
        ...keys.map((key) => {
          const value = { ...EXPERIMENT, key };
          return client.mutation(key, { collection: 'experiments', value });
        }),
      );
      await server.context.publisher.publish();
      const { pages } = await client.pull('', 'results');
      expect(pages.flatMap((page) => page.keys)).to.include.members(keys);
    });
  });

  describe('the config', () => {
    it('is sent once, whatever way the client says that it has it', async () => {
      const client = await started();
      const get = (ifNoneMatch?: string) =>
        server.app.inject({
          url: '/v1/config',
          headers: {
            authorization: client.authorization,
            ...(ifNoneMatch && { 'if-none-match': ifNoneMatch }),
          },
        });
      const { headers } = await get();
      const etag = String(headers.etag);
      expect(etag).to.match(/^"[\w-]{22}"$/);
      for (const has of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        expect((await get(has)).statusCode, has).to.equal(304);
      }
      expect((await get('"other"')).statusCode).to.equal(200);
    });
  });

  describe('what an experiment needs to be decided', () => {
    const needsOf = async (...rows: JsonObject[]) => {
      const client = await Client.in(server, newWorkspace(), 'admin');
      await client.push(
        ...rows.map((change, i) => {
          const key = `e${i}`;
          const value = { ...EXPERIMENT, ...change, key };
          return client.mutation(key, { collection: 'experiments', value });
        }),
      );
      const config = (await client.request('GET', '/v1/config')).json<ExperimentsConfig>();
      for (const experiment of config.experiments) {
        const { reason } = decide(experiment, { id: 'u1' }, config);
        expect(reason, JSON.stringify(experiment)).not.to.equal('unsupported');
      }
      return config.experiments.map(({ needs }) => needs);
    };

    it('is told by name: its rules, and whether a variant redirects', async () => {
      const [bold, control] = EXPERIMENT.variants as [JsonObject, JsonObject];
      const range = [[0, 0.5]];
      const all = {
        condition: { plan: 'pro' },
        layer: { key: 'page', ranges: range },
        filters: [{ seed: 's', ranges: range }],
        namespace: ['page', 0, 0.5],
        prerequisites: [{ experiment: 'e0' }],
        sticky: {},
        urls: [{ include: true, type: 'simple', pattern: '/' }],
        startAt: '2026-11-20T00:00:00.000Z',
        stopAt: '2027-11-20T00:00:00.000Z',
        metadata: { team: 'web' },
        variants: [control, { ...bold, redirect: '/new' }],
      };
      expect(await needsOf({}, all)).to.deep.equal([
        [],
        'condition filters layer namespace prerequisites redirect startAt sticky stopAt urls'.split(
          ' ',
        ),
      ]);
    });

    it('is to know holdouts, where there is one', async () => {
      expect(await needsOf({}, { kind: 'holdout' })).to.deep.equal([['holdout'], ['holdout']]);
    });
  });

  describe('assignment tokens', () => {
    it('are what an exposure needs where the workspace demands them', async () => {
      const client = await started(strict);
      const body = { attributes: { id: 'visitor-1' } };
      const key = `Bearer ${await writeKeyOf(client)}`;
      const response = await server.app.inject({
        method: 'POST',
        url: '/v1/assignments',
        headers: { authorization: key },
        payload: body,
      });
      const { assignments } = response.json<{ assignments: Assignment[] }>();
      expect(assignments).to.have.length(1);
      const [{ assignment, ...met }] = assignments as [Assignment];
      const other = met.variant === 'bold' ? 'control' : 'bold';
      const outcomes = await send(
        client,
        exposure('visitor-1', { ...met, assignment } as Partial<WireEvent>),
        exposure('visitor-1', { ...met, variant: other, assignment } as Partial<WireEvent>),
        exposure('visitor-2', { ...met, unit: 'visitor-2', assignment } as Partial<WireEvent>),
        exposure('visitor-3'),
      );
      expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal([
        'applied',
        'rejected',
        'rejected',
        'rejected',
      ]);
      expect(outcomes[1]).to.have.nested.property('problem.errors[0].code', 'forged');
    });

    it('are given by the groups of the config, and by those of the device', async () => {
      const client = await Client.in(server, strict, 'admin');
      const of = (key: string, group: string) => {
        const value = { ...EXPERIMENT, key, seed: key, condition: { id: { $inGroup: group } } };
        return client.mutation(key, { collection: 'experiments', value });
      };
      await client.push(of('of-config', 'staff'), of('of-device', 'here'), of('nobody', 'none'));
      const config = (await client.request('GET', '/v1/config')).json<ExperimentsConfig>();
      expect(config.groups).to.deep.equal({ staff: ['visitor-1', 7] });

      const inputs = { attributes: { id: 'visitor-1' }, groups: { here: ['visitor-1'] } };
      const given = async (body: object) =>
        (await client.request('POST', '/v1/assignments', body))
          .json<{ assignments: Assignment[] }>()
          .assignments.map(({ experiment }) => experiment)
          .filter((key) => key !== 'hero');
      expect(await given(inputs)).to.deep.equal(['of-config', 'of-device']);
      expect(await given({ attributes: { id: 7 } })).to.deep.equal(['of-config']);
      const pushy = { attributes: { id: 'stranger' }, groups: { staff: ['stranger'] } };
      expect(await given(pushy), 'a group of the workspace').to.deep.equal([]);
      const wrong = { ...inputs, groups: { here: 'visitor-1' } };
      expect((await client.request('POST', '/v1/assignments', wrong)).statusCode).to.equal(422);
    });

    it('are decided with bounded work, whatever a device says of itself', async () => {
      const client = await Client.in(server, strict, 'admin');
      const patterns = ['a{4000}b', '.{0,100}x', '[a-z0-9._-]{1,64}@[a-z.]{1,255}$'];
      const heavy = patterns.map(($regex, i) => {
        const condition = { $not: { tags: { $elemMatch: { $regex } } } };
        const key = `heavy-${i}`;
        return client.mutation(key, {
          collection: 'experiments',
          value: { ...EXPERIMENT, key, seed: key, condition },
        });
      });
      const outcomes = await client.push(...heavy);
      expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal(heavy.map(() => 'applied'));
      const ask = async (attributes: object) => {
        const answer = await client.request('POST', '/v1/assignments', { attributes });
        const { assignments = [] } = answer.json<{ assignments?: Assignment[] }>();
        const keys = assignments.map(({ experiment }) => experiment);
        return [answer.statusCode, keys.filter((key) => key.startsWith('heavy'))];
      };
      const keys = heavy.map(({ key }) => key);
      expect(await ask({ id: 'u1', tags: ['plain'] })).to.deep.equal([200, keys]);
      // Where the steps run out nobody is let in, also by what must not match.
      const texts = Array.from({ length: 15 }, () => 'a'.repeat(1_000));
      const [status, given] = await ask({ id: 'u1', tags: texts });
      expect([status, (given as string[]).length < keys.length]).to.deep.equal([200, true]);
      for (const tags of [[...texts, ...texts], Array(201).fill(1), 'a'.repeat(1_001)])
        expect(await ask({ id: 'u1', tags })).to.deep.equal([422, []]);
    });

    it('are not to be had with sticky variants, which nobody can prove', async () => {
      const client = await started(strict);
      const stick = (key: string, status: string) => {
        const value = { ...EXPERIMENT, key, status, sticky: {} };
        return client.mutation(key, { collection: 'experiments', value });
      };
      const pushed = await client.push(stick('sticky-running', 'running'));
      expect(pushed[0]).to.have.nested.property('problem.errors[0].code', 'unprovable');
      const over = await client.push(stick('sticky-over', 'stopped'));
      expect(over[0]).to.have.property('outcome', 'applied');

      const workspace = newWorkspace();
      const other = await started(workspace);
      await other.push(
        other.mutation('sticky', {
          collection: 'experiments',
          value: { ...EXPERIMENT, key: 'sticky', sticky: {} },
        }),
      );
      const tokens = checkConfig({ workspaces: { [workspace]: { assignmentTokens: true } } });
      const error = await refuseUnprovable(server.context.database, tokens.workspaces).catch(
        (e: unknown) => e,
      );
      expect(String(error)).to.match(/assignmentTokens: the experiment “sticky” is sticky/);
      expect(await refuseUnprovable(server.context.database, config.workspaces)).to.equal(
        undefined,
      );
    });
  });

  describe('the audit', () => {
    const auditOf = async (client: Client, query = '') =>
      (await client.request('GET', `/v1/audit${query}`)).json<{ entries: AuditEntry[] }>().entries;

    it('says who changed what, before and after, newest first', async () => {
      const client = await started();
      const patch = { name: 'Hero 2' };
      await client.push(
        client.mutation('hero', { collection: 'experiments', op: 'update', base: 1, patch }),
      );
      await client.push(
        client.mutation('hero', { collection: 'experiments', op: 'delete', base: 2 }),
      );
      const entries = await auditOf(client, '?key=hero');
      expect(entries.map(({ action }) => action)).to.deep.equal([
        'experiment.deleted',
        'experiment.updated',
        'experiment.created',
      ]);
      expect(entries[1]).to.deep.include({
        by: `admin-of-${client.workspace}`,
        before: EXPERIMENT,
        after: { ...EXPERIMENT, name: 'Hero 2' },
      });
      expect(await auditOf(client, '?key=hero&below=2')).to.have.length(1);
      for (const key of ['%00', 'x'.repeat(65), 'a%20b', '']) {
        const refused = await client.request('GET', `/v1/audit?key=${key}`);
        expect(refused.json(), key).to.include({ status: 400, code: 'malformed' });
      }
    });

    it('is for admins', async () => {
      const editor = await Client.in(server);
      for (const url of ['/v1/audit', '/v1/audit/verification']) {
        expect((await editor.request('GET', url)).statusCode).to.equal(403);
      }
    });

    it('can’t be changed, and shows where it was by somebody who owns the database', async () => {
      const client = await started();
      const verify = async () =>
        (await client.request('GET', '/v1/audit/verification')).json<AuditVerification>();
      const intact = await verify();
      expect(intact).to.include({ entries: 2, intact: true });
      const database = engine.database();
      const forge = `update audit set by = 'nobody' where workspace = $1 and n = 1`;
      const refused = await database.query(forge, [client.workspace]).then(
        () => null,
        (error: Error) => error.message,
      );
      expect(refused).to.include('only ever added to');
      await database.query('alter table audit disable trigger audit_append_only');
      await database.query(forge, [client.workspace]);
      expect(await verify()).to.include({ intact: false, brokenAt: 1, head: intact.head });
      await database.query('delete from audit where workspace = $1 and n = 1', [client.workspace]);
      expect(await verify()).to.include({ intact: false, brokenAt: 2 });
      await database.query('alter table audit enable trigger audit_append_only');
    });

    it('has no gap when many write at once', async () => {
      const client = await started();
      await Promise.all(
        Array.from({ length: 12 }, (_, i) => {
          const value = { ...METRIC, key: `m${i}` };
          return client.push(client.mutation(`m${i}`, { collection: 'metrics', value }));
        }),
      );
      const verified = await client.request('GET', '/v1/audit/verification');
      expect(verified.json()).to.include({ entries: 14, intact: true });
    });
  });

  describe('a unit', () => {
    it('is told all that is known of it, and of those it was joined with', async () => {
      const client = await started();
      await send(
        client,
        exposure('phone'),
        conversion('phone', 2.5),
        { type: 'identify', id: `i${++count}`, anonymous: 'phone', unit: 'ann@x', at: NOON },
        conversion('somebody'),
      );
      for (const unit of ['phone', 'ann@x']) {
        const url = `/v1/units/${encodeURIComponent(unit)}/export`;
        const found = (await client.request('GET', url)).json<Record<string, JsonObject[]>>();
        expect(found.exposures).to.have.length(1);
        expect(found.conversions?.map(({ value }) => value)).to.deep.equal([2.5]);
        expect(found.identifies).to.have.length(1);
      }
      expect((await client.request('GET', '/v1/units/nobody/export')).statusCode).to.equal(404);
      const editor = await Client.in(server, client.workspace, 'editor');
      expect((await editor.request('GET', '/v1/units/phone/export')).statusCode).to.equal(403);
    });

    it('is told what pages said of its events, without what visitors typed', async () => {
      const client = await started();
      const details = {
        hashAttribute: 'id',
        hashVersion: 3,
        bucket: 0.25,
        reason: 'assigned',
        sticky: false,
        page: 'https://shop.example/search',
        source: 'news.example',
        sdk: 'bytelyst/0.1.0',
        dimensions: { browser: 'Firefox' },
      };
      await send(
        client,
        exposure('u1', { ...details, page: 'https://shop.example/search?q=ann@example.com' }),
        Object.assign(conversion('u1', 5), {
          props: { plan: 'pro', note: 'ann@example.com', seats: 3 },
        }),
      );
      const told = (await client.request('GET', '/v1/units/u1/export')).json<
        Record<string, JsonObject[]>
      >();
      expect(told.exposures?.[0]).to.have.deep.property('details', details);
      expect(told.conversions?.[0]).to.have.deep.property('props', {
        plan: 'pro',
        note: '[email]',
        seats: 3,
      });
    });

    it('is not what an identify that does not hold says: neither told nor erased with it', async () => {
      const client = await started();
      await send(
        client,
        conversion('phone', 2),
        { type: 'identify', id: `i${++count}`, anonymous: 'phone', unit: 'alice', at: NOON },
        { type: 'identify', id: `i${++count}`, anonymous: 'phone', unit: 'bob', at: NOON + HOUR },
      );
      const told = async (unit: string) =>
        (await client.request('GET', `/v1/units/${unit}/export`)).body;
      expect(await told('bob')).not.to.include('alice');
      expect(JSON.parse(await told('bob'))).to.have.property('conversions').empty;
      for (const unit of ['alice', 'phone']) {
        expect(await told(unit)).not.to.include('bob');
        expect(JSON.parse(await told(unit)))
          .to.have.property('conversions')
          .of.length(1);
      }
      const alice = await told('alice');
      expect((await client.request('DELETE', '/v1/units/bob')).json()).to.deep.equal({ erased: 1 });
      expect(await told('alice')).to.equal(alice);
      const erased = await client.request('DELETE', '/v1/units/alice');
      expect(erased.json()).to.deep.equal({ erased: 2 });
    });

    for (const unit of [
      '../x',
      'a/../b',
      'a/b',
      '\uff0e\uff0e',
      'a\\..\\b',
      '..a',
      'ann@x.example',
      'x'.repeat(128),
      '😀'.repeat(128),
    ]) {
      it(`can be told and erased whatever its id: ${unit.slice(0, 20)}`, async () => {
        const client = await started();
        await send(client, conversion(unit));
        const url = `/v1/units/${encodeURIComponent(unit)}`;
        expect((await client.request('GET', `${url}/export`)).json()).to.include({ unit });
        expect((await client.request('DELETE', url)).json()).to.deep.equal({ erased: 1 });
      });
    }

    it('has an id that an address can carry', async () => {
      const client = await started();
      for (const unit of ['.', '..']) {
        const [result] = await send(client, conversion(unit));
        expect(result).to.have.property('outcome', 'rejected');
      }
    });

    it('is erased with all of that, and the results are as if it had never been', async () => {
      const client = await started();
      await send(client, exposure('u1'), conversion('u1', 7));
      await resultsOf(client);
      const database = engine.database();
      const without = await rollupsOf(database, client.workspace);
      await send(
        client,
        exposure('phone', { at: NOON - HOUR }),
        exposure('ann', { variant: 'bold' }),
        conversion('phone', 2),
        conversion('ann', 3),
        { type: 'identify', id: `i${++count}`, anonymous: 'phone', unit: 'ann', at: NOON },
      );
      expect((await resultsOf(client)).units).to.deep.equal([[2], [0]]);
      const erased = await client.request('DELETE', '/v1/units/ann');
      expect(erased.json()).to.deep.equal({ erased: 5 });
      expect(await rollupsOf(database, client.workspace)).to.deep.equal(without);
      await rebuildRollups(database, client.workspace, []);
      expect(await rollupsOf(database, client.workspace)).to.deep.equal(without);
      expect((await client.request('DELETE', '/v1/units/ann')).statusCode).to.equal(404);
      const left = await database.query<{ text: string }>(
        `select e::text as text from exposures e where workspace = $1 union all
         select c::text from conversions c where workspace = $1 union all
         select i::text from identifies i where workspace = $1 union all
         select t::text from unit_totals t where workspace = $1 union all
         select a::text from audit a where workspace = $1`,
        [client.workspace],
      );
      expect(left.filter(({ text }) => /phone|\bann\b/.test(text))).to.deep.equal([]);
    });
  });

  describe('retention', () => {
    it('deletes the events of a phase that is long over; its results stay, a rebuild too', async () => {
      const client = await started(forgetful);
      const sent = [exposure('u1'), conversion('u1', 7)];
      await send(client, ...sent);
      const database = engine.database();
      const { workspaces } = config;
      const retention = createRetention({
        database,
        workspaces,
        now: () => now,
        onError: () => {},
      });
      now = NOW + 31 * DAY;
      expect(await retention.run(), 'it is running').to.equal(0);
      const patch = { status: 'stopped' };
      await client.push(
        client.mutation('hero', { collection: 'experiments', op: 'update', base: 1, patch }),
      );
      now = NOW + 29 * DAY;
      expect(await retention.run(), 'it is not long over').to.equal(0);
      now = NOW + 31 * DAY;
      const before = await resultsOf(client);
      expect(await retention.run()).to.equal(2);
      expect(await resultsOf(client)).to.deep.equal(before);
      // Offered again, by a device whose server was restored.
      await send(client, ...sent);
      expect(await resultsOf(client)).to.deep.equal(before);
      expect(await retention.run()).to.equal(1);
      await retention.close();
      await rebuildRollups(database, forgetful, []);
      expect(await resultsOf(client)).to.deep.equal(before);
      const [late] = await send(client, exposure('u2', { at: now }));
      expect(late).to.have.nested.property('problem.errors[0].code', 'sealed');
      expect((await client.request('GET', '/v1/units/u1/export')).statusCode).to.equal(404);
    });
  });

  describe('an event', () => {
    it('of a clock that is off by years is refused alone', async () => {
      const client = await started();
      const outcomes = await send(
        client,
        exposure('u1', { at: 0 }),
        exposure('u2', { at: 8e15 }),
        exposure('u3'),
      );
      expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal([
        'rejected',
        'applied',
        'applied',
      ]);
      expect((await resultsOf(client)).days).to.deep.equal(['2026-11-20', '2026-11-30']);
    });

    it('keeps no personal data in its dimensions', async () => {
      const client = await started();
      const page = 'https://shop.example/search?q=ann@example.com&token=1';
      await send(client, exposure('u1', { dimensions: { page, who: 'mail ann@example.com' } }));
      const found = await client.request('GET', '/v1/units/u1/export');
      expect(found.body).to.include('https://shop.example/search"').and.include('mail [email]');
      expect(found.body).not.to.include('ann@');
    });
  });

  describe('an export', () => {
    it('has every line once, page after page', async function () {
      this.timeout(60_000);
      const client = await started();
      for (let i = 0; i < 5; i++) {
        const units = Array.from({ length: 500 }, (_, n) => `u${i}-${n}`);
        await send(client, ...units.map((unit) => exposure(unit)));
      }
      const lines: string[] = [];
      const store = engine.database().forWorkspace(client.workspace);
      for await (const text of exportLines(store, client.workspace, 'exposures', 'ndjson')) {
        lines.push(...text.trimEnd().split('\n'));
      }
      const units = lines.map((line) => (JSON.parse(line) as { unit: string }).unit);
      expect([new Set(units).size, units.length]).to.deep.equal([2_500, 2_500]);
    });

    for (const what of [
      'rows',
      'conversions',
      'unit-rollups',
      'metric-rollups',
      'audit',
    ] as const) {
      it(`of ${what} is CSV too`, async () => {
        const client = await started();
        await send(client, exposure('u1'), conversion('u1', -5.25));
        await resultsOf(client);
        const store = engine.database().forWorkspace(client.workspace);
        let text = '';
        for await (const part of exportLines(store, client.workspace, what, 'csv')) text += part;
        expect(text.split('\r\n').length, text).to.be.at.least(3);
      });
    }
  });
});
