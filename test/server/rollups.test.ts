import { expect } from 'chai';
import fc from 'fast-check';
import type { Metric } from '../../src/experiments/model.js';
import type { WireEvent } from '../../src/protocol/index.js';
import { ingest } from '../../src/server/experiments/ingest.js';
import { rebuildRollups } from '../../src/server/experiments/rebuild.js';
import type { Database } from '../../src/server/database/database.js';
import { countMetrics } from '../../src/server/experiments/counted-metrics.js';
import { CONVERSION_GRACE, COVARIATE_DAYS } from '../../src/server/experiments/counting.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { type Counted, modelOf, rollupsOf } from './rollups-model.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const dimensions = ['page'];
const sender = { sentAt: NOON + 10 * DAY, receivedAt: NOON + 10 * DAY, bot: false };

const unit = fc.constantFrom('u1', 'u2', 'u3', 'a1', 'a2');
const at = fc.oneof(
  fc.integer({ min: NOON, max: NOON + 2 * DAY }),
  fc.integer({ min: NOON - CONVERSION_GRACE - 2, max: NOON + 2 }),
  fc.constantFrom(NOON + HOUR - 1, NOON + HOUR, NOON + 25 * HOUR),
  fc.constantFrom(NOON - CONVERSION_GRACE - COVARIATE_DAYS * DAY, NOON - 5 * DAY),
);
const exposure = fc.record({
  type: fc.constant('exposure' as const),
  experiment: fc.constantFrom('hero', 'other'),
  phase: fc.constantFrom(1, 1, 2),
  variant: fc.constantFrom('control', 'bold'),
  unit,
  at,
  dimensions: fc.record({ page: fc.constantFrom('/', '/shop'), browser: fc.constant('x') }),
});
const conversion = fc.record({
  type: fc.constant('conversion' as const),
  name: fc.constantFrom('purchase', 'click'),
  unit,
  value: fc.oneof(
    fc.integer({ min: -5_000, max: 5_000 }).map((n) => n / 1_000),
    fc.constantFrom(1e8, 1e8 + 1, 1e12),
  ),
  at,
});
const identify = fc.record({
  type: fc.constant('identify' as const),
  anonymous: fc.constantFrom('a1', 'a2'),
  unit: fc.constantFrom('u1', 'u2', 'a1').filter(Boolean),
  at,
});
const events: fc.Arbitrary<WireEvent[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: exposure },
      { weight: 6, arbitrary: conversion },
      { weight: 1, arbitrary: identify },
    ),
    { maxLength: 24 },
  )
  .map((drawn) =>
    drawn
      .map((event, i): WireEvent => ({ ...event, id: `e${i}` }))
      .filter((event) => event.type !== 'identify' || event.anonymous !== event.unit),
  );
/** All events, some twice, in any order, in batches. */
const deliveries = events.chain((sent) =>
  fc.record({
    sent: fc.constant(sent),
    order: fc.subarray(sent).chain((again) =>
      fc.shuffledSubarray([...sent, ...again.map((event) => ({ ...event }))], {
        minLength: sent.length + again.length,
      }),
    ),
    size: fc.integer({ min: 2, max: 12 }),
  }),
);

const metric = (key: string, more: Partial<Metric>) =>
  ({ key, name: key, event: 'purchase', kind: 'mean', ...more }) as Omit<Metric, 'id'>;
/** One of each kind, with windows, caps and covariates of their own. */
const COUNTED: readonly Counted[] = [
  {
    experiment: 'hero',
    phase: 1,
    metrics: [
      metric('revenue', {}),
      metric('clicks', { event: 'click', kind: 'count', cap: { value: 1 } }),
      metric('buys', { kind: 'proportion', delayHours: 1, windowHours: 24 }),
      metric('back', { kind: 'retention', event: 'click', delayHours: 1, windowHours: 48 }),
      metric('each', { kind: 'ratio', denominator: { event: 'purchase' } }),
      metric('p90', { kind: 'quantile', quantile: 0.9, aggregation: 'average' }),
    ],
  },
  {
    experiment: 'other',
    phase: 2,
    metrics: [
      metric('most', { cap: { percentile: 0.9 }, covariateDays: 3 }),
      metric('part', { kind: 'ratio', denominator: { event: 'click', aggregation: 'any' } }),
      metric('rate', {
        kind: 'ratio',
        aggregation: 'count',
        covariateDays: 0,
        denominator: { event: 'click', aggregation: 'sum' },
      }),
    ],
  },
];
/** As they were defined before. */
const OLD: readonly Counted[] = COUNTED.map((counted) => ({
  ...counted,
  metrics: [
    ...counted.metrics.slice(1).map(({ key, event }) => metric(key, { event, windowHours: 9 })),
    metric(`gone-${counted.experiment}`, {}),
  ],
}));

/** Writes the rows of experiments and metrics, as a push would. */
async function define(
  database: Database,
  workspace: string,
  counted: readonly Counted[],
): Promise<void> {
  const rows = counted.flatMap(({ experiment, phase, metrics }) => {
    const [primary, ...secondary] = metrics.map(({ key }) => key);
    const value = { key: experiment, phase, metrics: { primary, secondary, guardrails: [] } };
    return [
      { collection: 'experiments', key: experiment, value },
      ...metrics.map((one) => ({ collection: 'metrics', key: one.key, value: one })),
    ];
  });
  await database.query(
    `insert into rows (workspace, collection, key, version, seq, value, updated_by)
     select $1, collection, key, 1, (select coalesce(max(seq), 0) from rows where workspace = $1) + n,
            value, 'test'
       from rows from (json_to_recordset($2::json) as (collection text, key text, value jsonb))
              with ordinality as r(collection, key, value, n)
     on conflict (workspace, collection, key) do update set value = excluded.value`,
    [workspace, JSON.stringify(rows)],
  );
}

onEachEngine('rollups', (engine) => {
  it('are the same in random orders, with repeats and late arrivals, whenever metrics are defined, as worked out by hand and as rebuilt', async function () {
    this.timeout(240_000);
    const database = engine.database();
    const when = fc.record({
      old: fc.integer({ min: 0, max: 3 }),
      now: fc.integer({ min: 0, max: 6 }),
      steps: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(deliveries, when, async ({ sent, order, size }, { old, now, steps }) => {
        const workspace = newWorkspace();
        const settle = async (atMost: number) => {
          for (const { experiment } of COUNTED) {
            await countMetrics(database, workspace, experiment, { steps: atMost, units: 2 });
          }
        };
        for (let i = 0, batch = 0; i < order.length; i += size, batch++) {
          if (batch === old && old < now) await define(database, workspace, OLD);
          if (batch === now) await define(database, workspace, COUNTED);
          // Some units of some metrics: the rest is counted while events go on.
          await settle(steps);
          const events = order.slice(i, i + size);
          // One request, or two that share the transaction.
          const requests = i % 2 ? [events] : [events.slice(0, size / 2), events.slice(size / 2)];
          await ingest(
            database,
            workspace,
            requests.map((part) => ({ events: part, sender })),
            dimensions,
          );
        }
        await define(database, workspace, COUNTED);
        await settle(Infinity);
        const expected = modelOf(sent, dimensions, COUNTED);
        expect(await rollupsOf(database, workspace)).to.deep.equal(expected);
        await rebuildRollups(database, workspace, dimensions);
        expect(await rollupsOf(database, workspace)).to.deep.equal(expected);
      }),
      { numRuns: 100 },
    );
  });
});
