/** Coverage without a draw: every outcome of two proportions, weighed by its probability. */
import { expect } from 'chai';
import { arm, compare } from '../../src/stats/index.js';

/** Probabilities of 0, 1, 2, … successes of n, until what is left does not matter. */
function binomial(n: number, rate: number): number[] {
  const all: number[] = [];
  let probability = Math.exp(n * Math.log1p(-rate));
  for (let k = 0; k < n * rate + 10 * Math.sqrt(n * rate); k++) {
    all.push(probability);
    probability *= ((n - k) / (k + 1)) * (rate / (1 - rate));
  }
  return all;
}

describe('the interval of the lift (Fieller)', () => {
  const [n, rate] = [1_000, 0.02];
  const proportion = (sum: number) => arm({ n, sum, sumSquares: sum });

  for (const lift of [0, 0.05, 0.1, 0.2, -0.1]) {
    it(`holds a true lift of ${lift} in 95 ± 0.3 % of experiments at a 2 % baseline`, () => {
      let [above, below] = [0, 0];
      const treatments = binomial(n, rate * (1 + lift));
      binomial(n, rate).forEach((p, c) =>
        treatments.forEach((q, t) => {
          const [low, high] = compare(proportion(c), proportion(t)).liftInterval ?? [-1, Infinity];
          if (low > lift) above += p * q;
          if (high < lift) below += p * q;
        }),
      );
      expect(above + below).to.be.within(0.047, 0.053);
      expect(above, 'lies above').to.be.within(0.022, 0.028);
      expect(below, 'lies below').to.be.within(0.022, 0.028);
    });
  }
});
