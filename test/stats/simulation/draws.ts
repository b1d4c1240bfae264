/** Random numbers for simulations: fast, and the same from the same seed. */
import { arm, type Arm } from '../../../src/stats/index.js';
import { seeded } from '../random.js';

export { seeded };

export type Random = () => number;

/** Draws how many of n succeed, by its distribution function. */
export function binomialDraw(n: number, rate: number, random: Random): () => number {
  const cumulative: number[] = [];
  let [probability, sum] = [Math.exp(n * Math.log1p(-rate)), 0];
  for (let k = 0; k <= n && (sum < 1 - 1e-15 || k <= n * rate); k++) {
    sum += probability;
    cumulative.push(sum);
    probability *= ((n - k) / (k + 1)) * (rate / (1 - rate));
  }
  return () => {
    const at = random() * sum;
    let [low, high] = [0, cumulative.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

export function proportion(n: number, sum: number): Arm {
  return arm({ n, sum, sumSquares: sum });
}

/** Standard normal (Marsaglia's polar method). */
export function normalDraw(random: Random): () => number {
  return () => {
    for (;;) {
      const [u, v] = [2 * random() - 1, 2 * random() - 1];
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
    }
  };
}
