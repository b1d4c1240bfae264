import type { Random } from '../ports.js';

/** Full jitter: a random wait below an exponential ceiling (AWS Architecture Blog, 2015). In ms. */
export function backoff(attempt: number, random: Random, base = 500, cap = 60_000): number {
  return random() * Math.min(cap, base * 2 ** Math.min(attempt, 30));
}
