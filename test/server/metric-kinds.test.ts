/** What results tell of each kind of metric, against what src/stats makes of the units' own values. */
import { expect } from 'chai';
import type { Metric, Results } from '../../src/experiments/model.js';
import type { JsonObject, WireEvent } from '../../src/protocol/index.js';
import { ingest } from '../../src/server/experiments/ingest.js';
import { readResults } from '../../src/server/experiments/results.js';
import { createRetention } from '../../src/server/experiments/retention.js';
import { checkConfig } from '../../src/server/config/check.js';
import type { Server } from '../../src/server/server.js';
import { analyze, arm, quantileArm, winsorize, type Summaries } from '../../src/stats/index.js';
import { seeded } from '../stats/random.js';
import { Client, startServer } from './client.js';
import { newWorkspace, onEachEngine } from './engines.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 20);
const VARIANTS = ['control', 'bold'];

const experimentOf = (metrics: readonly string[], more: JsonObject = {}): JsonObject => ({
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
  variants: VARIANTS.map((key) => ({ key, name: key, weight: 0.5 })),
  metrics: { primary: metrics[0]!, secondary: metrics.slice(1), guardrails: [] },
  plan: { method: 'group-sequential', alpha: 0.05, power: 0.8, mde: 0.05, plannedUnits: 1_000 },
  owner: 'web',
  tags: [],
  createdAt: '2026-11-20T00:00:00.000Z',
  ...more,
});
const metricOf = (key: string, more: Partial<Metric>): JsonObject =>
  ({ key, name: key, event: 'buy', kind: 'mean', ...more }) as JsonObject;

interface Unit {
  id: string;
  variant: number;
  at: number;
  /** Hours from the exposure, and the amount. */
  buys: [hours: number, amount: number][];
  views: number[];
}

/** 400 units over three days; what they do is in ever larger amounts. */
function unitsOf(seed: number): Unit[] {
  const random = seeded(seed);
  const many = (most: number) => Math.floor(random() * (most + 1));
  return Array.from({ length: 400 }, (_, i) => ({
    id: `u${i}`,
    variant: i % 2,
    at: START + many(2) * DAY + many(23) * HOUR,
    buys: Array.from({ length: many(3) }, () => [
      Math.floor(random() * 100 - 30),
      Math.round(Math.exp(random() * 9) * 100) / 100,
    ]),
    views: Array.from({ length: many(4) }, () => Math.floor(random() * 60)),
  }));
}

function eventsOf(units: readonly Unit[]): WireEvent[] {
  return units.flatMap(({ id, variant, at, buys, views }): WireEvent[] => [
    {
      type: 'exposure',
      id: `x-${id}`,
      experiment: 'hero',
      phase: 1,
      variant: VARIANTS[variant]!,
      unit: id,
      at,
    },
    ...buys.map(([hours, value], i): WireEvent => {
      return {
        type: 'conversion',
        id: `b-${id}-${i}`,
        name: 'buy',
        unit: id,
        value,
        at: at + hours * HOUR,
      };
    }),
    ...views.map((hours, i): WireEvent => {
      return {
        type: 'conversion',
        id: `v-${id}-${i}`,
        name: 'view',
        unit: id,
        at: at + hours * HOUR,
      };
    }),
  ]);
}

onEachEngine('metrics of each kind', (engine) => {
  let server: Server;
  const start = START + 10 * DAY;
  let now = start;
  const forgetful = newWorkspace();
  const config = checkConfig({ workspaces: { [forgetful]: { retentionDays: 30 } } });
  before(async () => {
    server = await startServer(engine.database(), { config, now: () => now });
  });
  beforeEach(() => {
    now = start;
  });
  after(() => server.close());

  const define = async (
    metrics: readonly JsonObject[],
    { workspace = newWorkspace(), ...more }: { workspace?: string } & JsonObject = {},
  ) => {
    const client = await Client.in(server, workspace, 'admin');
    const experiment = experimentOf(
      metrics.map(({ key }) => key as string),
      more,
    );
    const results = await client.push(
      ...metrics.map((value) =>
        client.mutation(value.key as string, { collection: 'metrics', value }),
      ),
      client.mutation('hero', { collection: 'experiments', value: experiment }),
    );
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(results.map(() => 'applied'));
    return client;
  };
  const send = async ({ workspace }: Client, events: readonly WireEvent[]) => {
    const sender = { sentAt: now, receivedAt: now, bot: false };
    await ingest(engine.database(), workspace, [{ events, sender }], []);
  };
  const resultsOf = async (client: Client) => {
    const response = await client.request('GET', '/v1/experiments/hero/results');
    expect(response.statusCode, response.body).to.equal(200);
    return response.json<Results>();
  };
  /** Values of each variant's units, all days together. */
  const byVariant = <T>(units: readonly Unit[], of: (unit: Unit) => T): T[][] =>
    VARIANTS.map((_, variant) => units.filter((unit) => unit.variant === variant).map(of));
  const analysisOf = ({ ...results }: Results, metrics: readonly JsonObject[]) =>
    analyze(
      experimentOf(metrics.map(({ key }) => key as string)) as never,
      results as Summaries,
      metrics as never,
      now,
    ).metrics;
  const bought = (buys: Unit['buys'], from = 0, to = Infinity) =>
    buys.filter(([hours]) => hours >= from && hours < to).map(([, amount]) => amount);
  const total = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);
  const close = (found: number | null | undefined, expected: number, share = 1e-9) =>
    expect(found).to.be.closeTo(expected, Math.abs(expected) * share + 1e-9);

  it('are told as the values of their units make them', async () => {
    const metrics = [
      metricOf('revenue', { windowHours: 24 }),
      metricOf('capped', { cap: { value: 500 } }),
      metricOf('back', { kind: 'retention', event: 'view', delayHours: 24, windowHours: 24 }),
      metricOf('each', { kind: 'ratio', denominator: { event: 'view' } }),
    ];
    const client = await define(metrics);
    const units = unitsOf(1);
    await send(client, eventsOf(units));
    const told = analysisOf(await resultsOf(client), metrics);
    const valuesOf: Record<string, (unit: Unit) => number> = {
      revenue: ({ buys }) => total(bought(buys, 0, 24)),
      capped: ({ buys }) => Math.min(500, total(bought(buys))),
      back: ({ views }) => (views.some((hours) => hours >= 24 && hours < 48) ? 1 : 0),
    };
    for (const [key, valueOf] of Object.entries(valuesOf)) {
      byVariant(units, valueOf).forEach((values, variant) => {
        const found = told.find((metric) => metric.key === key)!.arms[variant]!;
        const mean = total(values) / values.length;
        expect(found.n).to.equal(values.length);
        close(found.mean, mean);
        close(
          found.variance,
          total(values.map((value) => (value - mean) ** 2)) / (values.length - 1),
        );
      });
    }
    const ratios = byVariant(
      units,
      ({ buys, views }) => [total(bought(buys)), views.length] as const,
    );
    ratios.forEach((pairs, variant) => {
      const [sum, count] = [total(pairs.map(([y]) => y)), total(pairs.map(([, d]) => d))];
      close(told.find(({ key }) => key === 'each')!.arms[variant]!.mean, sum / count);
    });
    const { cuped } = told.find(({ key }) => key === 'capped')!.comparisons[0]!;
    expect(cuped === null || Number.isFinite(cuped.theta)).to.equal(true);
  });

  it('have the covariate and the denominator beside the value, with all products', async () => {
    const metrics = [metricOf('each', { kind: 'ratio', denominator: { event: 'view' } })];
    const client = await define(metrics);
    const units = unitsOf(2).map((unit) => ({ ...unit, at: START + HOUR }));
    await send(client, eventsOf(units));
    const { metrics: told, units: counts } = await resultsOf(client);
    const { sum, m2, covariate, denominator } = told['each']!;
    byVariant(units, (unit) => unit).forEach((some, variant) => {
      const products = (of: (unit: Unit) => number) => total(some.map(of));
      const y = ({ buys }: Unit) => total(bought(buys));
      const x = ({ buys }: Unit) => total(bought(buys, -Infinity, 0));
      const d = ({ views }: Unit) => views.length;
      const expected = arm({
        n: some.length,
        sum: products(y),
        sumSquares: products((unit) => y(unit) ** 2),
        covariate: {
          sum: products(x),
          sumSquares: products((unit) => x(unit) ** 2),
          sumProducts: products((unit) => x(unit) * y(unit)),
        },
        denominator: {
          sum: products(d),
          sumSquares: products((unit) => d(unit) ** 2),
          sumProducts: products((unit) => d(unit) * y(unit)),
          sumCovariateProducts: products((unit) => d(unit) * x(unit)),
        },
      });
      const at = (matrix: number[][] | undefined) => matrix?.[variant]?.[0];
      expect(at(counts)).to.equal(some.length);
      close(at(sum), products(y));
      close(at(m2), expected.m2);
      close(at(covariate?.m2), expected.covariate!.m2);
      close(at(covariate?.cross), expected.covariate!.cross, 1e-8);
      close(at(denominator?.m2), expected.denominator!.m2);
      close(at(denominator?.cross), expected.denominator!.cross, 1e-8);
      close(at(denominator?.covariateCross), expected.denominator!.covariateCross!, 1e-8);
    });
  });

  it('cap outliers at a percentile of all units, told, and the same for each variant', async () => {
    const metrics = [
      metricOf('all', { cap: { percentile: 0.9 } }),
      metricOf('paying', { cap: { percentile: 0.5, ignoreZeros: true } }),
    ];
    const client = await define(metrics);
    const units = unitsOf(3);
    await send(client, eventsOf(units));
    const { metrics: told } = await resultsOf(client);
    const values = byVariant(units, ({ buys }) => total(bought(buys)));
    for (const [key, cap] of [
      ['all', { percentile: 0.9 }],
      ['paying', { percentile: 0.5, ignoreZeros: true }],
    ] as const) {
      const { cap: limit = NaN, sum } = told[key]!;
      const most = Math.max(...winsorize(values, cap).flat());
      // Two per mille of bucket, and the step to the next unit's value.
      close(limit, most, 0.03);
      values.forEach((some, variant) => {
        close(total(sum[variant]!), total(some.map((value) => Math.min(value, limit))));
      });
    }
    const analysed = analysisOf(await resultsOf(client), metrics);
    values.forEach((some, variant) => {
      const limited = some.map((value) => Math.min(value, told['all']!.cap!));
      const mean = total(limited) / limited.length;
      const squares = total(limited.map((value) => (value - mean) ** 2));
      close(analysed[0]!.arms[variant]!.variance, squares / (limited.length - 1));
    });
  });

  it('are capped at zero where the percentile is below it', async () => {
    const client = await define([metricOf('m', { cap: { percentile: 0.5 } })]);
    const units = [-5, -4, -3, -2, 7, 8].map((amount, i): Unit => ({
      id: `u${i}`,
      variant: i % 2,
      at: START,
      buys: [[1, amount]],
      views: [],
    }));
    await send(client, eventsOf(units));
    const { cap, sum } = (await resultsOf(client)).metrics['m']!;
    expect({ cap, sum }).to.deep.equal({ cap: 0, sum: [[-8], [-6]] });
  });

  it('tell quantiles of the units that did it, to two per mille, until each day', async () => {
    const quantile = { kind: 'quantile', quantile: 0.9 } as const;
    const metrics = [
      metricOf('sums', quantile),
      metricOf('average', { ...quantile, aggregation: 'average' }),
      metricOf('giants', { kind: 'quantile', quantile: 0.999 }),
    ];
    const client = await define(metrics);
    const units = unitsOf(4);
    await send(client, eventsOf(units));
    const results = await resultsOf(client);
    const told = analysisOf(results, metrics);
    const doing = units.filter(({ buys }) => bought(buys).length > 0);
    const valuesOf = [
      ({ buys }: Unit) => total(bought(buys)),
      ({ buys }: Unit) => total(bought(buys)) / bought(buys).length,
    ];
    valuesOf.forEach((valueOf, i) => {
      byVariant(doing, valueOf).forEach((values, variant) => {
        const { n, mean, m2 } = quantileArm(values, 0.9);
        const found = told[i]!.arms[variant]!;
        expect(found.n).to.equal(n);
        close(found.mean, mean, 0.002);
        close(found.variance, m2 / (n - 1), 0.1);
      });
    });
    // Less than one unit lies beyond it, which says nothing of its error.
    expect(told[2]!.arms[0]).to.include({ variance: null }).and.to.have.property('n').above(25);
    expect(told[2]!.comparisons[0]).to.include({ standardError: null, pValue: null });
    const early = doing.filter(({ at, variant }) => at < START + DAY && variant === 0);
    const { sum, units: counts } = results.metrics['sums']!;
    expect(results.days).to.have.length(3);
    expect(counts![0]![0]).to.equal(early.length);
    close(sum[0]![0]! / early.length, quantileArm(early.map(valuesOf[0]!), 0.9).mean, 0.002);
  });

  it('are counted anew when their row changes, and not told until then', async () => {
    const client = await define([metricOf('revenue', {})]);
    const units = unitsOf(5);
    await send(client, eventsOf(units));
    const before = await resultsOf(client);
    const change = (base: number, patch: JsonObject) =>
      client.push(client.mutation('revenue', { collection: 'metrics', op: 'update', base, patch }));
    await change(1, { name: 'What they spend', format: 'EUR' });
    expect((await resultsOf(client)).metrics).to.deep.equal(before.metrics);
    await change(2, { windowHours: 12 });
    await server.context.publisher.publish();
    const spent = byVariant(units, ({ buys }) => total(bought(buys, 0, 12))).map(total);
    const { pages } = await client.pull('', 'results');
    const published = pages[0]!.values[0] as unknown as Results;
    published.metrics['revenue']!.sum.forEach((row, variant) => close(total(row), spent[variant]!));
    await change(3, { kind: 'count' });
    const times = byVariant(units, ({ buys }) => bought(buys, 0, 12).length).map(total);
    const counted = await resultsOf(client);
    expect(counted.metrics['revenue']!.sum.map(total)).to.deep.equal(times);
  });

  it('keep what was seen at each look, whatever comes later', async () => {
    const client = await define([metricOf('bought', { kind: 'proportion' })]);
    const at = START;
    const unit = (id: string, variant: number, ...hours: number[]): Unit => ({
      id,
      variant,
      at,
      buys: hours.map((hour) => [hour, 1]),
      views: [],
    });
    const publish = async (time: number) => {
      now = time;
      await server.context.publisher.publish();
      return (await read()).looks;
    };
    /** Not by HTTP: the clock goes where no token holds. */
    const read = async () => {
      const store = engine.database().forWorkspace(client.workspace);
      return (await readResults(store, client.workspace, 'hero', new Date(now)))!;
    };
    now = START + 2 * HOUR;
    await send(client, eventsOf([unit('a', 0, 1), unit('b', 1), unit('c', 1)]));
    expect(await publish(now), 'no day is over').to.equal(undefined);
    const first = await publish(START + DAY + 1_000);
    expect(first).to.deep.equal({
      metric: 'bought',
      days: ['2026-11-20'],
      units: [[1], [2]],
      sums: { sum: [[1], [0]], m2: [[0], [0]] },
    });
    await send(
      client,
      eventsOf([unit('b', 1, 2), unit('d', 0, 3)]).filter(({ id }) => id !== 'x-b'),
    );
    expect(await publish(now + HOUR)).to.deep.equal(first);
    expect((await read()).metrics['bought']!.sum).to.deep.equal([[2], [1]]);
    const second = await publish(START + 2 * DAY + 1_000);
    expect(second?.days).to.deep.equal(['2026-11-20', '2026-11-21']);
    expect(second?.sums.sum).to.deep.equal([
      [1, 2],
      [0, 1],
    ]);
    expect(second?.units.map(([one]) => one)).to.deep.equal([1, 2]);
  });

  it('keep no units of the next day in a look that is taken late', async () => {
    const client = await define([metricOf('revenue', {})]);
    const unit = (id: string, variant: number, at: number): Unit => {
      return { id, variant, at, buys: [[1, 10 * (variant + 1)]], views: [] };
    };
    now = START + 2 * HOUR;
    await send(client, eventsOf([unit('a', 0, START), unit('b', 1, START)]));
    // The server was down over midnight; the next day's units come before its look.
    now = START + DAY + 12 * HOUR;
    await send(client, eventsOf(['c', 'd', 'e'].map((id) => unit(id, 1, START + DAY + 10 * HOUR))));
    await server.context.publisher.publish();
    const store = engine.database().forWorkspace(client.workspace);
    const told = await readResults(store, client.workspace, 'hero', new Date(now));
    expect(told!.units).to.deep.equal([
      [1, 0],
      [1, 3],
    ]);
    expect(told!.looks).to.deep.equal({
      metric: 'revenue',
      days: ['2026-11-20'],
      units: [[1], [1]],
      sums: { converted: [[1], [1]], sum: [[10], [20]], m2: [[0], [0]] },
    });
  });

  it('take no look after the one at which a plan ends', async () => {
    for (const method of ['fixed', 'group-sequential', 'sequential']) {
      const plan = { method, alpha: 0.05, power: 0.8, mde: 0.05, plannedDays: 2 };
      const client = await define([metricOf('bought', { kind: 'proportion' })], {
        plan,
        startedAt: new Date(START).toISOString(),
      });
      const store = engine.database().forWorkspace(client.workspace);
      now = START + HOUR;
      await send(client, eventsOf(unitsOf(4).map((unit) => ({ ...unit, at: START }))));
      for (let day = 1; day <= 4; day++) {
        now = START + day * DAY + 1_000;
        await server.context.publisher.publish();
      }
      const told = await readResults(store, client.workspace, 'hero', new Date(now));
      const all = ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23'];
      expect(told!.looks!.days).to.deep.equal(method === 'sequential' ? all : all.slice(0, 2));
    }
  });

  it('tell how many units did what they count, whatever it adds up to', async () => {
    const metrics = [
      metricOf('profit', {}),
      metricOf('each', { kind: 'ratio', denominator: { event: 'view' } }),
      metricOf('bought', { kind: 'proportion' }),
    ];
    const client = await define(metrics);
    const unit = (id: string, variant: number, ...amounts: number[]): Unit => {
      return { id, variant, at: START, buys: amounts.map((x) => [1, x]), views: [1] };
    };
    await send(
      client,
      eventsOf([unit('a', 0, 50, -50), unit('b', 0), unit('c', 1, -3), unit('d', 1, 4)]),
    );
    const told = (await resultsOf(client)).metrics;
    expect(told['profit']!.converted).to.deep.equal([[1], [2]]);
    expect(told['each']!.converted).to.deep.equal([[1], [2]]);
    expect(told['bought']).to.not.have.property('converted');
  });

  it('tell the weights that a phase has had, each from its time on', async () => {
    const client = await define([metricOf('bought', { kind: 'proportion' })]);
    await send(client, eventsOf(unitsOf(3)));
    expect(await resultsOf(client)).to.not.have.property('weights');
    const weigh = (base: number, weights: number[]) =>
      client.push(
        client.mutation('hero', {
          collection: 'experiments',
          op: 'update',
          base,
          patch: {
            variants: VARIANTS.map((key, i) => ({ key, name: key, weight: weights[i]! })),
          },
        }),
      );
    for (const [i, weights] of [
      [0.2, 0.8],
      [0, 1],
    ].entries()) {
      const [pushed] = await weigh(i + 1, weights);
      expect(pushed!.outcome).to.equal('applied');
    }
    const { weights = [] } = await resultsOf(client);
    expect(weights.map(({ shares }) => shares)).to.deep.equal([
      [0.5, 0.5],
      [0.2, 0.8],
      [0, 1],
    ]);
    const times = weights.map(({ since }) => Date.parse(since));
    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
  });

  it('stay when their raw events are gone, while they are defined as they were', async () => {
    const client = await define([metricOf('revenue', { covariateDays: 60 })], {
      workspace: forgetful,
    });
    await send(client, eventsOf(unitsOf(6).slice(0, 20)));
    const before = await resultsOf(client);
    const patch = { status: 'stopped' };
    await client.push(
      client.mutation('hero', { collection: 'experiments', op: 'update', base: 1, patch }),
    );
    now = start + 40 * DAY;
    const { workspaces } = config;
    const options = { database: engine.database(), workspaces, now: () => now, onError: () => {} };
    const retention = createRetention(options);
    expect(await retention.run()).to.be.above(20);
    await retention.close();
    const change = (base: number, windowHours: number | null) =>
      client.push(
        client.mutation('revenue', {
          collection: 'metrics',
          op: 'replace',
          base,
          value: metricOf('revenue', {
            covariateDays: 60,
            ...(windowHours === null ? {} : { windowHours }),
          }),
        }),
      );
    await change(1, 5);
    await server.context.publisher.publish();
    expect((await resultsOf(client)).metrics).to.deep.equal({});
    await change(2, null);
    await server.context.publisher.publish();
    expect((await resultsOf(client)).metrics).to.deep.equal(before.metrics);
  });

  it('are told by weeks where their days are more than a row may have', async () => {
    const metrics = Array.from({ length: 20 }, (_, i) => metricOf(`m${i}`, {}));
    const client = await define(metrics);
    const units = Array.from({ length: 300 }, (_, i): Unit => {
      return { id: `u${i}`, variant: 0, at: START - i * DAY, buys: [[1, i]], views: [] };
    });
    await send(client, eventsOf(units));
    const { days, units: counts, metrics: told } = await resultsOf(client);
    expect(days).to.have.length(43);
    expect(counts[0]!.slice(0, 2)).to.deep.equal([7, 7]);
    const week = [299, 298, 297, 296, 295, 294, 293];
    expect(told['m0']!.sum[0]![0]).to.equal(total(week));
    close(told['m0']!.m2[0]![0], 28);
  });

  const unfit: readonly [JsonObject, string, string][] = [
    [metricOf('m', { kind: 'ratio' }), '/denominator', 'needs it'],
    [metricOf('m', { kind: 'quantile' }), '/quantile', 'needs it'],
    [metricOf('m', { kind: 'retention', windowHours: 24 }), '/delayHours', 'needs it'],
    [metricOf('m', { kind: 'retention', delayHours: 24 }), '/windowHours', 'needs it'],
    [metricOf('m', { kind: 'retention', delayHours: 0, windowHours: 24 }), '/delayHours', 'later'],
    [metricOf('m', { kind: 'quantile', quantile: 1 }), '/quantile', ''],
    [metricOf('m', { quantile: 0.5 }), '/quantile', 'kind quantile only'],
    [
      metricOf('m', { kind: 'proportion', cap: { value: 5 } }),
      '/cap',
      'kind mean, count, ratio only',
    ],
    [metricOf('m', { cap: {} as never }), '/cap', 'one of the two'],
    [metricOf('m', { cap: { value: 1, percentile: 0.9 } as never }), '/cap', 'one of the two'],
    [
      metricOf('m', { cap: { value: 1, ignoreZeros: true } as never }),
      '/cap/ignoreZeros',
      'percentile only',
    ],
    [
      metricOf('m', { kind: 'ratio', aggregation: 'average', denominator: { event: 'view' } }),
      '/aggregation',
      'sums or counts',
    ],
    [metricOf('m', { covariateDays: 91 }), '/covariateDays', ''],
    [metricOf('m', { kind: 'median' as never }), '/kind', ''],
  ];
  it('are refused where their members don’t fit together, with the one at fault', async () => {
    const client = await Client.in(server, newWorkspace(), 'admin');
    for (const [value, pointer, words] of unfit) {
      const results = await client.push(client.mutation('m', { collection: 'metrics', value }));
      const [result] = results;
      const context = JSON.stringify(value);
      expect(result, context).to.have.nested.property('problem.errors[0].pointer', pointer);
      expect(JSON.stringify(result), context).to.include(words);
    }
  });
});
