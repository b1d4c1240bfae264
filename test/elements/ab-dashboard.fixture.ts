/**
 * Experiments with results drawn from a seed, at a fixed “now”. The sums are those of real draws
 * (normal approximation of binomials), so analyses of them look like life.
 */
import type { Experiment, Metric, Results } from '../../src/experiments/model.js';

export const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;

export const metrics: Metric[] = [
  {
    id: 'purchase',
    key: 'purchase',
    name: 'Purchase rate',
    event: 'purchase',
    kind: 'proportion',
    format: 'percent',
  },
  {
    id: 'revenue',
    key: 'revenue',
    name: 'Revenue per visitor',
    event: 'purchase',
    kind: 'mean',
    format: 'EUR',
  },
  {
    id: 'load',
    key: 'load',
    name: 'Page load',
    event: 'page-load',
    kind: 'mean',
    format: 's',
    lowerIsBetter: true,
    margin: 0.05,
  },
];

/** An experiment as the form would make it, with what differs. */
export function experiment(key: string, more: Partial<Experiment> = {}): Experiment {
  return {
    id: key,
    key,
    name: key,
    hypothesis: 'If we put everything on one page, more visitors will buy.',
    kind: 'ab',
    status: 'running',
    phase: 1,
    hashAttribute: 'id',
    hashVersion: 3,
    seed: key,
    coverage: 1,
    variants: [
      { key: 'control', name: 'Control', weight: 0.5 },
      { key: 'one-page', name: 'One page', weight: 0.5 },
    ],
    metrics: { primary: 'purchase', secondary: ['revenue'], guardrails: ['load'] },
    plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05, plannedDays: 28 },
    owner: 'growth',
    tags: [],
    createdAt: iso(-30),
    startedAt: iso(-23.5),
    stoppedAt: null,
    outcome: null,
    ...more,
  };
}

/** `days` from NOW, as a row has it. */
export function iso(days: number): string {
  return new Date(NOW + days * DAY).toISOString();
}

export interface Truth {
  days?: number;
  /** Units a day in each variant of equal weight. */
  unitsPerDay?: number;
  /** True relative lift of the primary metric by variant; the control's is 0. */
  lifts: readonly number[];
  /** Shares as they really came out, where they differ from the plan. */
  weights?: readonly number[];
  seed?: number;
}

/** What the server would have summed up for such an experiment. */
export function results(row: Experiment, truth: Truth): Results {
  const { days = 24, unitsPerDay = 2560, lifts, seed = 1 } = truth;
  const weights = truth.weights ?? row.variants.map(({ weight }) => weight);
  const normal = normals(seed);
  const traffic = Array.from(
    { length: days },
    () => unitsPerDay * weights.length * (1 + 0.06 * normal()),
  );
  const units = weights.map((weight) =>
    traffic.map((n) => Math.round(n * weight + Math.sqrt(n * weight * (1 - weight)) * normal())),
  );
  const base: Record<string, [mean: number, variance: number]> = {
    purchase: [0.0812, 0.0746],
    revenue: [1.84, 150],
    load: [1.42, 0.3],
  };
  const sums = (key: string, perUnit: (variant: number) => [number, number]) => {
    const sum = units.map((row, variant) =>
      row.map((n) => {
        const [mean, variance] = perUnit(variant);
        const drawn = n * mean + Math.sqrt(n * variance) * normal();
        return key === 'purchase' ? Math.round(drawn) : drawn;
      }),
    );
    const m2 = sum.map((row, variant) =>
      row.map((total, day) => {
        const n = units[variant]?.[day] ?? 0;
        return key === 'purchase' ? total - total ** 2 / n : n * perUnit(variant)[1];
      }),
    );
    return { sum, m2 };
  };
  return {
    id: row.id,
    phase: row.phase,
    updatedAt: iso(0),
    variants: row.variants.map(({ key }) => key),
    days: Array.from({ length: days }, (_, i) => iso(i - days + 1).slice(0, 10)),
    units,
    multiple: Math.round(units.flat().reduce((a, b) => a + b, 0) * 0.002),
    metrics: Object.fromEntries(
      Object.entries(base).map(([key, [mean, variance]]) => [
        key,
        sums(key, (variant) => {
          const lift = key === 'load' ? 0.01 * variant : (lifts[variant] ?? 0);
          return [mean * (1 + lift), variance];
        }),
      ]),
    ),
  };
}

/** Box–Muller on mulberry32: the same seed, the same numbers. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Six experiments in different states, as on the mock-up. */
export function workspace(): { experiments: Experiment[]; metrics: Metric[]; results: Results[] } {
  const three = [
    { key: 'control', name: 'Control', weight: 0.34 },
    { key: 'one-page', name: 'One page', weight: 0.33 },
    { key: 'accordion', name: 'Accordion', weight: 0.33 },
  ];
  const experiments = [
    experiment('checkout-one-page', {
      name: 'Checkout: one page',
      variants: three,
      hypothesis:
        'If we put address, delivery and payment on one page, more visitors will buy, because they see the end from the start.',
    }),
    experiment('hero-copy', {
      name: 'Hero copy: outcome first',
      owner: 'web',
      startedAt: iso(-9.5),
      plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.05, plannedDays: 21 },
    }),
    experiment('free-shipping', { name: 'Free-shipping threshold' }),
    experiment('onboarding', {
      name: 'Onboarding checklist',
      owner: 'search',
      status: 'paused',
      startedAt: iso(-5.5),
    }),
    experiment('annual-first', {
      name: 'Annual plan first',
      owner: 'web',
      status: 'stopped',
      startedAt: iso(-40),
      stoppedAt: iso(-12),
      outcome: { variant: 'control', decision: 'rolled-back', at: iso(-12) },
    }),
    experiment('search-v3', {
      name: 'Search ranking v3',
      owner: 'search',
      status: 'draft',
      startedAt: null,
      variants: [
        { key: 'control', name: 'Control', weight: 0.9 },
        { key: 'v3', name: 'V3', weight: 0.1 },
      ],
      plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.05, plannedDays: 14 },
    }),
  ];
  const truths: Record<string, Truth> = {
    'checkout-one-page': { lifts: [0, 0.11, 0.012], seed: 7 },
    'hero-copy': { lifts: [0, 0.013], days: 10, unitsPerDay: 2100, seed: 2 },
    'free-shipping': { lifts: [0, 0.04], weights: [0.48, 0.52], unitsPerDay: 2000, seed: 3 },
    onboarding: { lifts: [0, -0.01], days: 6, unitsPerDay: 1000, seed: 4 },
    'annual-first': { lifts: [0, -0.08], days: 28, unitsPerDay: 3700, seed: 5 },
  };
  return {
    experiments,
    metrics,
    results: experiments.flatMap((row) => {
      const truth = truths[row.key];
      return truth ? [results(row, truth)] : [];
    }),
  };
}
