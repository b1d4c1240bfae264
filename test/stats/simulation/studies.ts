/**
 * What the statistics promise, measured: each study draws experiments whose truth is known and
 * counts how often it is told wrongly.
 */
import { compare, type Comparison } from '../../../src/stats/index.js';
import { binomialDraw, proportion, seeded } from './draws.js';
import { adversaries } from './adversaries.js';
import { agreement } from './agreement.js';
import { balance, groupSequential, peeking } from './looks.js';
import { quantiles } from './quantiles.js';
import { verdicts } from './verdicts.js';

export interface Figure {
  name: string;
  value: number;
  /** Written as per cent. */
  share?: boolean;
  /** Where it was promised to lie. */
  limits?: readonly [low: number, high: number];
}

export interface Result {
  title: string;
  about: string;
  runs: number;
  figures: Figure[];
}

/** `share`: of the full number of runs. */
export type Study = (share: number, seed: number) => Result;

const share = (name: string, value: number, low?: number, high?: number): Figure => ({
  name,
  value,
  share: true,
  ...(low !== undefined && high !== undefined && { limits: [low, high] as const }),
});

/** Fieller's interval of the lift at a 2 % baseline with 1,000 units in each arm. */
const coverage: Study = (part, seed) => {
  const runs = Math.ceil(400_000 * part);
  const [n, rate, lift] = [1_000, 0.02, 0.1];
  const random = seeded(seed);
  const [control, treatment] = [
    binomialDraw(n, rate, random),
    binomialDraw(n, rate * (1 + lift), random),
  ];
  const missed = { fieller: [0, 0], delta: [0, 0] };
  let contradictions = 0;
  const count = ({ liftInterval }: Comparison, of: number[]): void => {
    // Without an end it holds everything.
    if (liftInterval && liftInterval[0] > lift) of[0]! += 1;
    if (liftInterval && liftInterval[1] < lift) of[1]! += 1;
  };
  for (let run = 0; run < runs; run++) {
    const [c, t] = [proportion(n, control()), proportion(n, treatment())];
    count(compare(c, t), missed.fieller);
    const delta = compare(c, t, { lift: 'delta' });
    count(delta, missed.delta);
    if (excludesZero(delta.interval) !== excludesZero(delta.liftInterval)) contradictions += 1;
  }
  const [above, below] = missed.fieller.map((misses) => misses / runs) as [number, number];
  const delta = missed.delta.map((misses) => misses / runs) as [number, number];
  // A short run is given three standard errors of its own.
  const slack = (p: number): number => (part < 1 ? 3 * Math.sqrt((p * (1 - p)) / runs) : 0);
  const around = (p: number) => [p - 0.003 - slack(p), p + 0.003 + slack(p)] as const;
  return {
    title: 'Coverage',
    about:
      'How often the 95 % interval of the lift holds the true one (+10 %), at a 2 % baseline with 1,000 units in each arm.',
    runs,
    figures: [
      share('Fieller: holds it', 1 - above - below, ...around(0.95)),
      share('Fieller: lies above it', above, ...around(0.025)),
      share('Fieller: lies below it', below, ...around(0.025)),
      share('delta method: holds it', 1 - delta[0] - delta[1]),
      share('delta method: lies above it', delta[0]),
      share('delta method: lies below it', delta[1]),
      share('delta method: contradicts the absolute test', contradictions / runs),
    ],
  };
};

export function excludesZero(interval: readonly [number, number] | null): boolean {
  return interval !== null && (interval[0] > 0 || interval[1] < 0);
}

export const studies: readonly Study[] = [
  coverage,
  peeking,
  groupSequential,
  verdicts,
  balance,
  quantiles,
  agreement,
  adversaries,
];
