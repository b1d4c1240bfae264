/** mulberry32: the same numbers from the same seed, everywhere. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of `n` succeed at `rate`. */
export function binomial(n: number, rate: number, random: () => number): number {
  let count = 0;
  for (let i = 0; i < n; i++) if (random() < rate) count++;
  return count;
}
