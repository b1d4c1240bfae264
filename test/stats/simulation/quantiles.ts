/** Whether quantiles are told apart no oftener than they should, with ties and near the ends. */
import { compare, quantileArm } from '../../../src/stats/index.js';
import { seeded, type Random } from './draws.js';
import type { Figure, Study } from './studies.js';

const normalOf = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** By inversion. */
const poissonOf = (random: Random, mean: number): number => {
  let [count, chance] = [0, Math.exp(-mean)];
  for (let rest = random() - chance; rest > 0 && count < 500; rest -= chance) {
    chance *= mean / ++count;
  }
  return count;
};

const priceOf = (random: Random): number => {
  const share = random();
  return share < 0.5 ? 9 : share < 0.8 ? 19 : 49;
};

/** [what, quantile, units of each arm, the value of one] */
const cases: [string, number, number, (random: Random) => number][] = [
  ['median of continuous values', 0.5, 1_000, (random) => Math.exp(normalOf(random))],
  ['90 % of continuous values', 0.9, 1_000, (random) => Math.exp(normalOf(random))],
  ['99 % of continuous values', 0.99, 1_000, (random) => Math.exp(normalOf(random))],
  ['median of counts, its share on an edge', 0.5, 1_000, (random) => poissonOf(random, 2.674)],
  ['95 % of counts', 0.95, 1_000, (random) => poissonOf(random, 2)],
  ['median of three prices', 0.5, 1_000, priceOf],
  ['80 % of three prices', 0.8, 1_000, priceOf],
  [
    '90 % of whole seconds',
    0.9,
    1_000,
    (random) => Math.round(3 * Math.exp(0.5 * normalOf(random))),
  ],
  [
    '70 % where 60 % are 0',
    0.7,
    1_000,
    (random) => (random() < 0.6 ? 0 : Math.exp(normalOf(random))),
  ],
  [
    'median where half are 0',
    0.5,
    1_000,
    (random) => (random() < 0.5 ? 0 : Math.exp(normalOf(random))),
  ],
  ['99.9 % of 2,000 continuous values', 0.999, 2_000, (random) => Math.exp(normalOf(random))],
];

export const quantiles: Study = (part, seed) => {
  const runs = Math.ceil(6_000 * part);
  const slack = part < 1 ? 3 * Math.sqrt((0.05 * 0.95) / runs) : 0;
  const figures = cases.map(([name, p, n, value], i): Figure => {
    const random = seeded(seed + 60 + i);
    const draw = () =>
      quantileArm(
        Array.from({ length: n }, () => value(random)),
        p,
      );
    let called = 0;
    for (let run = 0; run < runs; run++) {
      const { pValue } = compare(draw(), draw());
      if (pValue !== null && pValue < 0.05) called += 1;
    }
    return { name, value: called / runs, share: true, limits: [0, 0.06 + slack] };
  });
  return {
    title: 'Quantiles',
    about:
      'How often an A/A test of a quantile is called at 0.05, of 1,000 units in each arm. The last two are not computable: half of the units have one value and the next ones are rare, and two units lie beyond.',
    runs,
    figures,
  };
};
