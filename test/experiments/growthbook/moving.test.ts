/** docs/growthbook.md, “Moving, step by step”: who moves an experiment by its table moves nobody. */
import { expect } from 'chai';
import fc from 'fast-check';
import { decide, importGrowthBook, type ExperimentConfig } from '../../../src/experiments/index.js';
import type { GrowthBookExperiment } from '../../../src/experiments/growthbook/index.js';

const some = fc.constantFrom;
const range = some<[number, number]>([0, 0.5], [0.2, 0.9], [0.5, 1]);
const theirs = fc.record(
  {
    key: some('checkout', 'hero'),
    variations: some(['a', 'b'], ['a', 'b', 'c']),
    seed: some('s1', 's2'),
    hashVersion: some(1, 2),
    hashAttribute: some('id', 'company'),
    weights: some([0.5, 0.5], [0.1, 0.9], [0.2, 0.3, 0.5], [0.3, 0.3]),
    coverage: some(0, 0.3, 1),
    condition: some({ country: 'NL' }, { age: { $gte: 18 } }, { id: { $inGroup: 'staff' } }),
    filters: fc.array(
      fc.record(
        { seed: some('f1', 'f2'), ranges: fc.array(range, { minLength: 1, maxLength: 2 }) },
        { requiredKeys: ['seed', 'ranges'] },
      ),
      { minLength: 1, maxLength: 2 },
    ),
  },
  { requiredKeys: ['key', 'variations'] },
);
const unit = fc.record({
  id: fc.nat(5_000).map((n) => `visitor-${n}`),
  company: some('acme', 'globex'),
  country: some('NL', 'DE'),
  age: some(17, 18),
});
const groups = { staff: Array.from({ length: 2_500 }, (_, i) => `visitor-${i}`) };

/** By the table. */
function moved(experiment: GrowthBookExperiment): ExperimentConfig {
  const { key, variations, weights, condition, filters, namespace } = experiment;
  return {
    key,
    status: 'running',
    phase: 1,
    seed: experiment.seed ?? key,
    hashVersion: (experiment.hashVersion ?? 1) as 1 | 2,
    hashAttribute: experiment.hashAttribute ?? 'id',
    coverage: experiment.coverage ?? 1,
    variants: variations.map((payload, i) => ({
      key: String(i),
      payload,
      weight: weights?.length === variations.length ? weights[i]! : 1 / variations.length,
    })),
    ...(condition && { condition }),
    ...(filters && {
      filters: filters.map((filter) => ({
        hashVersion: 2,
        attribute: 'id',
        ...filter,
      })),
    }),
    ...(namespace && { namespace }),
  };
}

describe('an experiment that moves from GrowthBook', () => {
  it('keeps everybody’s variation', () => {
    const growthbook = importGrowthBook({ savedGroups: groups });
    let met = 0;
    fc.assert(
      fc.property(theirs, fc.option(range), fc.array(unit, { minLength: 20 }), (given, at, all) => {
        // GrowthBook looks at a namespace only where there are no filters.
        const namespace = at && !given.filters ? { namespace: ['page', ...at] as const } : {};
        const experiment = structuredClone({
          ...given,
          ...namespace,
        }) as unknown as GrowthBookExperiment;
        const ours = moved(experiment);
        for (const attributes of all) {
          const old = growthbook.run(experiment, attributes);
          const { inExperiment, index, bucket, payload } = decide(ours, attributes, { groups });
          expect(inExperiment).to.equal(old.inExperiment);
          if (!inExperiment) continue;
          met += 1;
          expect([index, bucket, payload]).to.deep.equal([old.variationId, old.bucket, old.value]);
        }
      }),
      { numRuns: 300 },
    );
    expect(met).to.be.above(500);
  });
});
