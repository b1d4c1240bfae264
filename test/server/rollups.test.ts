import { expect } from 'chai';
import fc from 'fast-check';
import type { WireEvent } from '../../src/protocol/index.js';
import { ingest } from '../../src/server/experiments/ingest.js';
import { rebuildRollups } from '../../src/server/experiments/rebuild.js';
import { CONVERSION_GRACE, COVARIATE_PERIOD } from '../../src/server/experiments/unit-totals.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { modelOf, rollupsOf } from './rollups-model.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const DAY = 24 * 3_600_000;
const dimensions = ['page'];
const sender = { sentAt: NOON + 10 * DAY, receivedAt: NOON + 10 * DAY, bot: false };

const unit = fc.constantFrom('u1', 'u2', 'u3', 'a1', 'a2');
const at = fc.oneof(
  fc.integer({ min: NOON, max: NOON + 2 * DAY }),
  fc.integer({ min: NOON - CONVERSION_GRACE - 2, max: NOON + 2 }),
  fc.constantFrom(NOON - CONVERSION_GRACE - COVARIATE_PERIOD, NOON - 5 * DAY),
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

onEachEngine('rollups', (engine) => {
  it('are the same in 200 random orders, with repeats and late arrivals, as worked out by hand and as rebuilt', async function () {
    this.timeout(240_000);
    const database = engine.database();
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ sent, order, size }) => {
        const workspace = newWorkspace();
        for (let i = 0; i < order.length; i += size) {
          const batch = order.slice(i, i + size);
          // One request, or two that share the transaction.
          const requests = i % 2 ? [batch] : [batch.slice(0, size / 2), batch.slice(size / 2)];
          await ingest(
            database,
            workspace,
            requests.map((sent) => ({ events: sent, sender })),
            dimensions,
          );
        }
        const expected = modelOf(sent, dimensions);
        expect(await rollupsOf(database, workspace)).to.deep.equal(expected);
        await rebuildRollups(database, workspace, dimensions);
        expect(await rollupsOf(database, workspace)).to.deep.equal(expected);
      }),
      { numRuns: 200 },
    );
  });
});
