/**
 * `npm run bench -- stats`: the comparisons of a large dashboard (1,000 experiments × 3 variants ×
 * 8 metrics), and whole analyses, beside a plain Welch test on @stdlib's Student's t. For
 * development, `--quick`: few rounds, and nothing is written to the docs.
 */
import studentT from '@stdlib/stats-base-dists-t';
import {
  analyze,
  arm,
  compare,
  groupSequentialBounds,
  type AnalysisInput,
  type Arm,
  type MetricInput,
  type Summaries,
} from '../../src/stats/index.js';
import { machine, writeSection } from '../report.js';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 9;
const COMPARISONS = 24_000;
const ANALYSES = 100;

const pairs = Array.from({ length: COMPARISONS }, (_, i): [Arm, Arm] => [
  proportion(10_000 + (i % 97), 1_000 + (i % 31)),
  proportion(10_000 + (i % 89), 1_020 + (i % 53)),
]);
const covariate = { sum: 5_000, sumSquares: 5_000, sumProducts: 800 };
const adjusted = pairs.map((pair): [Arm, Arm] => {
  const [c, t] = pair.map(({ n, mean }) => {
    const sum = n * mean;
    return arm({ n, sum, sumSquares: sum, covariate });
  });
  return [c!, t!];
});

/** [what, the most ms it may take, the work; its sum keeps the work from being left out] */
const works: [string, number | null, () => number][] = [
  [
    `${COMPARISONS.toLocaleString('en')} comparisons`,
    100,
    () => total(pairs, ([c, t]) => compare(c, t).pValue),
  ],
  [
    'the same with the Bayesian view',
    null,
    () => total(pairs, ([c, t]) => compare(c, t, { prior: { sd: 0.05 } }).bayesian?.chanceToWin),
  ],
  [
    'the same with CUPED, raw beside adjusted',
    null,
    () => total(adjusted, ([c, t]) => compare(c, t, { cuped: true }).pValue),
  ],
  [
    'the same with a Welch test on @stdlib’s Student’s t: p-value and interval, nothing else',
    null,
    () => total(pairs, ([c, t]) => welch(c, t)),
  ],
  [
    `${ANALYSES} analyses: 3 variants, 8 metrics, 28 days`,
    null,
    () => total(experiments, (one) => analyze(...one).units),
  ],
  ['group-sequential bounds of 20 looks', null, () => groupSequentialBounds(looks).length],
];
const looks = Array.from({ length: 20 }, (_, i) => (i + 1) / 20);
const experiments = Array.from({ length: ANALYSES }, (_, i) => experiment(i));

const times = works.map((): number[] => []);
for (let round = 0; round < rounds; round++) {
  works.forEach(([, , work], i) => {
    const start = process.cpuUsage();
    const sum = work();
    times[i]!.push(process.cpuUsage(start).user / 1_000);
    if (!Number.isFinite(sum)) throw new Error('The work gave no number.');
  });
}

const rows = works.map(([name, most], i) => {
  const sorted = times[i]!.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
  return `| ${name} | ${at(0.5)} ms | ${at(0.1)} to ${at(0.9)} ms | ${most === null ? '' : `${most} ms`} |`;
});
const text = `Statistics: ${machine()}, ${rounds} rounds in turn; ms of processor time, so that other work on the machine does not count.

| | median | 10 % to 90 % | goal |
| --- | ---: | ---: | ---: |
${rows.join('\n')}

A comparison is Welch’s test with its interval, Fieller’s interval of the lift, and both again on the sequential scale; the goal is for it alone, without a prior or a covariate. An analysis has the Bayesian view of every comparison.`;
console.log(text);
if (!quick) await writeSection('stats', text);

function proportion(n: number, sum: number): Arm {
  return arm({ n, sum, sumSquares: sum });
}

function total<T>(of: readonly T[], work: (one: T) => number | null | undefined): number {
  let sum = 0;
  for (const one of of) sum += work(one) ?? 0;
  return sum;
}

function welch(control: Arm, treatment: Arm): number {
  const a = control.m2 / (control.n - 1) / control.n;
  const b = treatment.m2 / (treatment.n - 1) / treatment.n;
  const df = (a + b) ** 2 / (a ** 2 / (control.n - 1) + b ** 2 / (treatment.n - 1));
  const error = Math.sqrt(a + b);
  const reach = error * studentT.quantile(0.975, df);
  const t = Math.abs(treatment.mean - control.mean) / error;
  return 2 * studentT.cdf(-t, df) + reach;
}

function experiment(seed: number): [AnalysisInput, Summaries, MetricInput[], number] {
  const variants = ['a', 'b', 'c'];
  const metrics = Array.from({ length: 8 }, (_, i) => `m${i}`);
  const days = Array.from({ length: 28 }, (_, i) => `2026-10-${String(i + 1).padStart(2, '0')}`);
  const cells = (of: (variant: number, day: number) => number) =>
    variants.map((_, variant) => days.map((_, day) => of(variant, day)));
  const units = cells((v, d) => 1_000 + ((seed + 7 * v + 3 * d) % 40));
  const sums = metrics.map((_, m) => cells((v, d) => 100 + ((seed + m + 5 * v + d) % 17)));
  return [
    {
      variants: variants.map((key) => ({ key, name: key, weight: 1 / 3 })),
      metrics: {
        primary: metrics[0]!,
        secondary: metrics.slice(1, 6),
        guardrails: metrics.slice(6),
      },
      plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05, plannedDays: 28 },
      status: 'running',
      startedAt: '2026-10-01T00:00:00Z',
    },
    {
      variants,
      days,
      units,
      multiple: 3,
      metrics: Object.fromEntries(
        metrics.map((key, m) => [
          key,
          {
            sum: sums[m]!,
            m2: cells((v, d) => sums[m]![v]![d]! * (1 - sums[m]![v]![d]! / units[v]![d]!)),
          },
        ]),
      ),
    },
    metrics.map((key) => ({ key, name: key, kind: 'proportion' as const })),
    Date.UTC(2026, 9, 29),
  ];
}
