import { expect } from 'chai';
import fc from 'fast-check';
import type { EventsResponse, JsonObject, WireEvent } from '../../src/protocol/index.js';
import type { Results } from '../../src/experiments/model.js';
import { serverTime } from '../../src/server/experiments/clocks.js';
import type { Server } from '../../src/server/server.js';
import { analyze, type AnalysisInput, type MetricInput } from '../../src/stats/index.js';
import { Client, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

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
  metrics: { primary: 'bought', secondary: ['revenue'], guardrails: ['clicks'] },
  plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
  owner: 'web',
  tags: [],
  createdAt: '2026-11-20T00:00:00.000Z',
};
const METRICS: JsonObject[] = [
  { key: 'bought', name: 'Bought', event: 'purchase', kind: 'proportion' },
  { key: 'revenue', name: 'Revenue', event: 'purchase', kind: 'mean', format: 'EUR' },
  { key: 'clicks', name: 'Clicks', event: 'click', kind: 'count' },
];

function exposure(unit: string, variant = 'control', at = NOON, experiment = 'hero'): WireEvent {
  const id = `x-${experiment}-${unit}-${variant}`;
  return { type: 'exposure', id, experiment, phase: 1, variant, unit, at };
}

let count = 0;
function conversion(unit: string, name = 'purchase', value = 1, at = NOON + HOUR): WireEvent {
  return { type: 'conversion', id: `c-${++count}`, name, unit, value, at };
}

function identify(anonymous: string, unit: string, at = NOON + HOUR): WireEvent {
  return { type: 'identify', id: `i-${++count}`, anonymous, unit, at };
}

onEachEngine('events', (engine) => {
  let server: Server;
  let client: Client;
  before(async () => {
    server = await startServer(engine.database(), { now: () => NOON + 10 * DAY });
  });
  beforeEach(async () => {
    client = await Client.in(server);
  });
  after(() => server.close());

  const define = () =>
    client.push(
      client.mutation('hero', { collection: 'experiments', value: EXPERIMENT }),
      ...METRICS.map((value) =>
        client.mutation(value.key as string, { collection: 'metrics', value }),
      ),
    );
  const send = async (...events: WireEvent[]) => {
    const response = await client.send(events, NOON + 10 * DAY);
    expect(response.statusCode, response.body).to.equal(200);
    return response.json<EventsResponse>().results;
  };
  const results = async () => {
    await server.context.publisher.publish();
    const { pages } = await client.pull('', 'results');
    return pages[0]?.values[0] as unknown as Results | undefined;
  };

  it('adds up to the row of results that the dashboard reads', async () => {
    await define();
    await send(
      exposure('u1'),
      exposure('u2', 'bold'),
      exposure('u3', 'bold', NOON + DAY),
      conversion('u1', 'purchase', 10.5),
      conversion('u2', 'purchase', 20),
      conversion('u2', 'purchase', 2.5),
      conversion('u2', 'click'),
      conversion('u3', 'click', 1, NOON + 2 * DAY),
      conversion('nobody', 'purchase', 99),
    );
    const { updatedAt, ...row } = (await results())!;
    expect(updatedAt).to.equal('2026-11-30T12:00:00.000Z');
    expect(row).to.deep.equal({
      phase: 1,
      late: 3,
      variants: ['control', 'bold'],
      days: ['2026-11-20', '2026-11-21'],
      units: [
        [1, 0],
        [1, 1],
      ],
      multiple: 0,
      metrics: {
        bought: {
          sum: [
            [1, 0],
            [1, 0],
          ],
          m2: [
            [0, 0],
            [0, 0],
          ],
        },
        revenue: {
          sum: [
            [10.5, 0],
            [22.5, 0],
          ],
          converted: [
            [1, 0],
            [1, 0],
          ],
          m2: [
            [0, 0],
            [0, 0],
          ],
        },
        clicks: {
          sum: [
            [0, 0],
            [1, 1],
          ],
          converted: [
            [0, 0],
            [1, 1],
          ],
          m2: [
            [0, 0],
            [0, 0],
          ],
        },
      },
      looks: {
        metric: 'bought',
        days: ['2026-11-29'],
        units: [[1], [2]],
        sums: { sum: [[1], [1]], m2: [[0], [0.5]] },
      },
    });
  });

  it('counts a batch that arrives twice once, and says which were there', async () => {
    await define();
    const batch = [exposure('u1'), exposure('u2', 'bold'), conversion('u1')];
    expect((await send(...batch)).map(({ outcome }) => outcome)).to.deep.equal(
      Array(3).fill('applied'),
    );
    const first = await results();
    expect((await send(...batch)).map(({ outcome }) => outcome)).to.deep.equal(
      Array(3).fill('duplicate'),
    );
    expect(await results()).to.deep.equal(first);
  });

  it('counts an event that comes twice in one batch once', async () => {
    await define();
    const event = exposure('u1');
    const outcomes = (await send(event, event)).map(({ outcome }) => outcome);
    expect(outcomes).to.deep.equal(['applied', 'duplicate']);
    expect((await results())?.units).to.deep.equal([[1], [0]]);
  });

  it('counts a unit in the variant it met first, also when that arrives last', async () => {
    await define();
    await send(exposure('u1', 'bold', NOON + DAY), conversion('u1', 'purchase', 5, NOON + 2 * DAY));
    await send(exposure('u1', 'control', NOON));
    const row = (await results())!;
    expect(row.days).to.deep.equal(['2026-11-20']);
    expect(row.units).to.deep.equal([[1], [0]]);
    expect(row.multiple).to.equal(1);
    expect(row.metrics.revenue?.sum).to.deep.equal([[5], [0]]);
  });

  it('counts conversions from a minute before the exposure on, also those that arrived before it', async () => {
    await define();
    await send(
      conversion('u1', 'purchase', 100, NOON - 60_001),
      conversion('u1', 'purchase', 1, NOON - 60_000),
      conversion('u1', 'purchase', 10, NOON + 1),
    );
    await send(exposure('u1'));
    expect((await results())?.metrics.revenue?.sum).to.deep.equal([[11], [0]]);
  });

  it('loses no conversion of a clock that is off by about half a minute', async () => {
    await define();
    const units = Array.from({ length: 10 }, (_, i) => `u${i}`);
    const now = NOON + 10 * DAY;
    const [first, second] = [now - 30_200, now - 29_800];
    await client.send(
      units.map((unit) => exposure(unit, 'control', first)),
      first,
    );
    await client.send(
      units.map((unit) => conversion(unit, 'purchase', 1, second)),
      second,
    );
    const row = (await results())!;
    expect(row.units).to.deep.equal([[10], [0]]);
    expect(row.metrics.bought?.sum).to.deep.equal([[10], [0]]);
  });

  it('loses no conversion whose request was faster than that of its exposure', async () => {
    await define();
    const now = NOON + 10 * DAY;
    await client.send([exposure('u1', 'control', now - 20_001)], now - 20_000);
    await client.send([conversion('u1', 'purchase', 1, now - 20_000)], now - 10);
    expect((await results())?.metrics.bought?.sum).to.deep.equal([[1], [0]]);
  });

  it('has the sums of a metric that is defined, or changed, after its events came', async () => {
    await send(exposure('u1'), conversion('u1', 'purchase', 7), conversion('u1', 'click', 3));
    await define();
    expect((await results())?.metrics.revenue?.sum).to.deep.equal([[7], [0]]);
    const patch = { event: 'click' };
    await client.push(
      client.mutation('revenue', { collection: 'metrics', op: 'update', base: 1, patch }),
    );
    expect((await results())?.metrics.revenue?.sum).to.deep.equal([[3], [0]]);
  });

  it('has the right spread of values that are large against it', async () => {
    await define();
    const values = [1e8, 1e8 + 1, 1e8, 1e8 + 1];
    await send(
      ...values.flatMap((value, i) => [
        exposure(`u${i}`),
        conversion(`u${i}`, 'purchase', value),
        conversion(`u${i}`, 'purchase', value, NOON - DAY),
      ]),
    );
    const row = (await results())!;
    expect(row.metrics.revenue).to.deep.equal({
      sum: [[4e8 + 2], [0]],
      converted: [[4], [0]],
      m2: [[1], [0]],
      covariate: { sum: [[4e8 + 2], [0]], m2: [[1], [0]], cross: [[1], [0]] },
    });
    const experiment = EXPERIMENT as unknown as AnalysisInput;
    const metrics = METRICS as unknown as MetricInput[];
    const revenue = analyze(experiment, row, metrics, NOON).metrics[1]!;
    expect(revenue.arms[0]?.variance).to.be.closeTo(1 / 3, 1e-12);
  });

  it('counts an anonymous unit and who it turned out to be as one, in whatever order', async () => {
    await define();
    await send(
      exposure('phone', 'control', NOON + HOUR),
      exposure('laptop', 'control', NOON),
      conversion('phone', 'purchase', 10, NOON + 2 * HOUR),
    );
    await send(identify('phone', 'ann'), conversion('ann', 'purchase', 5, NOON + 3 * HOUR));
    await send(identify('laptop', 'ann'), conversion('laptop', 'purchase', 1, NOON + 4 * HOUR));
    const row = (await results())!;
    expect(row.units).to.deep.equal([[1], [0]]);
    expect(row.metrics.revenue?.sum).to.deep.equal([[16], [0]]);
    expect(row.metrics.bought?.sum).to.deep.equal([[1], [0]]);
  });

  it('keeps phases apart', async () => {
    await define();
    await send(exposure('u1'));
    const patch = { phase: 2 };
    await client.push(
      client.mutation('hero', { collection: 'experiments', op: 'update', base: 1, patch }),
    );
    const again = { ...exposure('u1'), id: 'x-2', phase: 2 } as WireEvent;
    await send(again, exposure('u2'));
    expect((await results())?.units).to.deep.equal([[1], [0]]);
  });

  it('takes the row of results away with its experiment', async () => {
    await define();
    await send(exposure('u1'));
    await results();
    const { end } = await client.pull('', 'results');
    await client.push(
      client.mutation('hero', { collection: 'experiments', op: 'delete', base: 1 }),
    );
    await server.context.publisher.publish();
    expect((await client.pull(end.cursor, 'results')).pages[0]?.removed).to.deep.equal(['hero']);
  });

  it('publishes by itself within a moment', async () => {
    await define();
    await send(exposure('u1'));
    let units: number[][] | undefined;
    while (units?.[0]?.[0] !== 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const { pages } = await client.pull('', 'results');
      units = (pages[0]?.values[0] as unknown as Results | undefined)?.units;
    }
  });

  it('publishes every workspace but the ones that fail, and says which failed', async () => {
    const database = engine.database();
    const broken = Array.from({ length: 8 }, newWorkspace);
    for (const workspace of broken) {
      await database.query(
        `insert into rows (workspace, collection, key, version, seq, value, updated_by)
         select $1, 'experiments', 'hero', 1, 1, '{"metrics": null}', 'a bug'`,
        [workspace],
      );
      await database.query(`insert into stale_results values ($1, 'hero')`, [workspace]);
    }
    await define();
    await send(exposure('u1'));
    const failure = await server.context.publisher.publish().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(AggregateError);
    expect((failure as AggregateError).errors).to.have.length(8);
    const { pages } = await client.pull('', 'results');
    expect(pages[0]?.values)
      .to.have.nested.property('[0].units')
      .that.deep.equals([[1], [0]]);
    await database.query('delete from stale_results where workspace = any($1::text[])', [broken]);
  });

  it('rejects an event that does not fit alone', async () => {
    await define();
    const outcomes = await send(
      exposure('u1'),
      { ...exposure('u2'), variant: 'no spaces' } as WireEvent,
      { ...conversion('u1'), secret: 'unknown member' } as unknown as WireEvent,
      { ...conversion('u1'), value: '5' } as unknown as WireEvent,
      { id: 'e', type: 'explosion' } as unknown as WireEvent,
      conversion('u1'),
    );
    expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal([
      'applied',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'applied',
    ]);
    expect((await results())?.metrics.bought?.sum).to.deep.equal([[1], [0]]);
  });

  it('takes 500 events at once, and not one more', async () => {
    await define();
    const events = Array.from({ length: 501 }, (_, i) => exposure(`u${i}`));
    const many = await client.send(events, NOON + 10 * DAY);
    expect(many.statusCode).to.equal(413);
    expect(many.json()).to.include({ code: 'payload-too-large', retryable: false });
    await send(...events.slice(0, 500));
    expect((await results())?.units).to.deep.equal([[500], [0]]);
  });

  it('refuses a request without a clock, and takes one without events', async () => {
    const missing = await client.request('POST', '/v1/events', { events: [] });
    expect(missing.json()).to.have.deep.nested.property('errors[0].pointer', '/sentAt');
    expect(await send()).to.deep.equal([]);
  });

  it('counts exactly when many send at once', async () => {
    await define();
    const senders = Array.from({ length: 12 }, (_, i) =>
      send(exposure('shared'), exposure(`u${i}`), conversion(`u${i}`), conversion('shared')),
    );
    await Promise.all(senders);
    const row = (await results())!;
    expect(row.units).to.deep.equal([[13], [0]]);
    expect(row.metrics.bought?.sum).to.deep.equal([[13], [0]]);
    expect(row.metrics.revenue?.sum).to.deep.equal([[24], [0]]);
  });
});

describe('a sender’s clock', () => {
  it('is corrected exactly', () => {
    const fast = { sentAt: NOON + 3 * HOUR + 29_999, receivedAt: NOON };
    expect(serverTime(NOON + 3 * HOUR + 29_994, fast)).to.equal(NOON - 5);
    const slow = { sentAt: NOON - 3 * HOUR, receivedAt: NOON };
    expect(serverTime(NOON - 4 * HOUR, slow)).to.equal(NOON - HOUR);
  });

  it('keeps the distances between the events of a request', () => {
    const clocks = fc.record({
      sentAt: fc.integer({ min: NOON - DAY, max: NOON + DAY }),
      receivedAt: fc.constant(NOON),
    });
    const before = fc.integer({ min: 0, max: 30 * DAY });
    fc.assert(
      fc.property(clocks, before, before, (c, a, b) => {
        const distance = serverTime(c.sentAt - a, c) - serverTime(c.sentAt - b, c);
        expect(distance).to.equal(b - a);
      }),
    );
  });

  it('never puts an event after its receipt or before 1970', () => {
    expect(serverTime(NOON + 20_009, { sentAt: NOON + 20_000, receivedAt: NOON })).to.equal(NOON);
    expect(serverTime(5, { sentAt: NOON, receivedAt: NOON - HOUR })).to.equal(0);
  });
});
