/** What `analyze` says of experiments without an effect, as somebody sees it who looks all the time. */
import { analyze, type AnalysisInput, type Summaries } from '../../../src/stats/index.js';
import { binomialDraw, normalDraw, seeded, type Random } from './draws.js';
import type { Figure, Study } from './studies.js';

const START = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;
const DAYS = 10;
const RATE = 0.2;
/** Units of an arm by day: half as many again each day until the planned end, then fewer. */
const TRAFFIC = Array.from({ length: 2 * DAYS }, (_, day) =>
  day < DAYS ? Math.round(40 * 1.5 ** day) : 300,
);
const UNITS = 2 * TRAFFIC.slice(0, DAYS).reduce((sum, n) => sum + n, 0);
const TIMES_A_DAY = 3;
/** Nothing that calls an effect with an error of 5 % can call a smaller one, in standard errors. */
const LEAST = 1.9;

type Plan = Pick<AnalysisInput['plan'], 'method' | 'plannedUnits' | 'plannedDays'>;

const plans: readonly (readonly [name: string, plan: Plan, runs: number])[] = [
  ['fixed, by days', { method: 'fixed', plannedDays: DAYS }, 4_000],
  ['fixed, by units', { method: 'fixed', plannedUnits: UNITS }, 4_000],
  ['sequential, by days', { method: 'sequential', plannedDays: DAYS }, 4_000],
  ['group-sequential, by days', { method: 'group-sequential', plannedDays: DAYS }, 1_000],
  ['group-sequential, by units', { method: 'group-sequential', plannedUnits: UNITS }, 1_000],
  [
    'group-sequential, by both',
    { method: 'group-sequential', plannedUnits: UNITS, plannedDays: DAYS },
    1_000,
  ],
];

const inputOf = (plan: Plan): AnalysisInput => ({
  variants: ['a', 'b'].map((key) => ({ key, name: key, weight: 0.5 })),
  metrics: { primary: 'buy', secondary: [], guardrails: [] },
  plan: { alpha: 0.05, power: 0.8, mde: 0.1, ...plan },
  status: 'running',
  startedAt: new Date(START).toISOString(),
});
const dayOf = (day: number): string => new Date(START + day * DAY).toISOString().slice(0, 10);
const metrics = [{ key: 'buy', name: 'Buy', kind: 'proportion' as const }];

/** Units and those who have converted, by [arm][day of exposure]. */
interface Seen {
  units: number[][];
  converted: number[][];
}

/** When who converts: half of them within hours, the others in the days that follow. */
function conversions(
  draws: readonly (() => number)[],
  random: Random,
): { at: number; day: number; arm: number }[] {
  const all = draws.flatMap((draw, day) =>
    [0, 1].flatMap((arm) =>
      Array.from({ length: draw() }, () => {
        const wait = random() < 0.5 ? 0.3 * random() : 5 * random();
        return { at: day + random() + wait, day, arm };
      }),
    ),
  );
  return all.sort((a, b) => a.at - b.at);
}

const total = (row: readonly number[] = []): number => row.reduce((sum, n) => sum + n, 0);

function score({ units, converted }: Seen): number {
  const [n, k] = [units.map(total), converted.map(total)] as [number[], number[]];
  const p = (k[0]! + k[1]!) / (n[0]! + n[1]!);
  const error = Math.sqrt(p * (1 - p) * (1 / n[0]! + 1 / n[1]!));
  return Math.abs(k[1]! / n[1]! - k[0]! / n[0]!) / error;
}

/** Whether somebody who looks three times a day, until twice the planned end, is ever told of one. */
function isCalled(input: AnalysisInput, draws: readonly (() => number)[], random: Random): boolean {
  const events = conversions(draws, random);
  const seen: Seen = { units: [[], []], converted: [[], []] };
  const looks: { day: string; units: number[]; converted: number[] }[] = [];
  let next = 0;
  let atMidnight = 0;
  for (let look = 1; look <= TRAFFIC.length * TIMES_A_DAY; look++) {
    const at = look / TIMES_A_DAY;
    const day = Math.ceil(at) - 1;
    for (const row of seen.units) row[day] = Math.round(TRAFFIC[day]! * (at - day));
    for (const row of seen.converted) row[day] ??= 0;
    for (; events[next] && events[next]!.at <= at; next++) {
      const { arm, day: of } = events[next]!;
      seen.converted[arm]![of]! += 1;
    }
    if (at === day + 1) {
      const [units, converted] = [seen.units.map(total), seen.converted.map(total)];
      looks.push({ day: dayOf(day), units, converted });
      atMidnight = score(seen);
    }
    if (!(Math.max(score(seen), atMidnight) > LEAST)) continue;
    const { decision } = analyze(input, summariesOf(seen, looks), metrics, START + at * DAY);
    if (decision === 'ship' || decision === 'roll-back') return true;
  }
  return false;
}

function summariesOf(
  { units, converted }: Seen,
  looks: readonly { day: string; units: number[]; converted: number[] }[],
): Summaries {
  const m2 = (n: number, k: number): number => (n > 0 ? k - (k * k) / n : 0);
  const byArm = <T>(of: (arm: number) => T): T[] => [of(0), of(1)];
  return {
    variants: ['a', 'b'],
    days: units[0]!.map((_, day) => dayOf(day)),
    units,
    multiple: 0,
    metrics: {
      buy: {
        sum: converted,
        m2: byArm((arm) => units[arm]!.map((n, day) => m2(n, converted[arm]![day]!))),
      },
    },
    ...(looks.length > 0 && {
      looks: {
        metric: 'buy',
        days: looks.map(({ day }) => day),
        units: byArm((arm) => looks.map((look) => look.units[arm]!)),
        sums: {
          sum: byArm((arm) => looks.map((look) => look.converted[arm]!)),
          m2: byArm((arm) => looks.map((look) => m2(look.units[arm]!, look.converted[arm]!))),
        },
      },
    }),
  };
}

/**
 * The same more exactly: the bound that `analyze` shows on each day, against normal paths. As traffic
 * grows, nobody knew on those days how many units would come.
 */
function crossings(plan: Plan, traffic: readonly number[], runs: number, random: Random): number {
  const rate = 0.1;
  const bounds = traffic.map((_, day) => {
    const units = traffic.slice(0, day + 1);
    const converted = units.map((n) => n * rate);
    const summaries = summariesOf({ units: [units, units], converted: [converted, converted] }, []);
    const now = START + (day + 1) * DAY;
    const [primary] = analyze(inputOf(plan), summaries, metrics, now).metrics;
    const { sequentialInterval, standardError } = primary!.comparisons[0]!;
    if (!sequentialInterval) return Infinity;
    return (sequentialInterval[1] - sequentialInterval[0]) / 2 / standardError!;
  });
  const normal = normalDraw(random);
  let called = 0;
  for (let run = 0; run < runs; run++) {
    let [walk, units] = [0, 0];
    const crosses = traffic.some((n, day) => {
      walk += Math.sqrt(n) * normal();
      units += n;
      return Math.abs(walk) > bounds[day]! * Math.sqrt(units);
    });
    called += Number(crosses);
  }
  return called / runs;
}

const growing = (days: number, growth: number): number[] =>
  Array.from({ length: days }, (_, day) => Math.round(400 * growth ** day));

const paths: readonly (readonly [string, Plan, number[]])[] = [
  [
    'group-sequential by days, 14 days, +40 % a day',
    { method: 'group-sequential', plannedDays: 14 },
    growing(14, 1.4),
  ],
  [
    'group-sequential by days, 28 days, +10 % a day',
    { method: 'group-sequential', plannedDays: 28 },
    growing(28, 1.1),
  ],
  [
    'sequential by days, 28 days, +10 % a day',
    { method: 'sequential', plannedDays: 28 },
    growing(28, 1.1),
  ],
];

/** A/A tests of every plan, through `analyze`. */
export const verdicts: Study = (part, seed) => {
  const random = seeded(seed + 7);
  const draws = TRAFFIC.map((n) => binomialDraw(n, RATE, random));
  const figures = plans.map(([name, plan, all]): Figure => {
    const runs = Math.ceil(all * part);
    const input = inputOf(plan);
    let called = 0;
    for (let run = 0; run < runs; run++) called += Number(isCalled(input, draws, random));
    const chance = 3 * Math.sqrt((0.05 * 0.95) / runs);
    return { name, value: called / runs, share: true, limits: [0, 0.053 + chance] };
  });
  const walks = Math.ceil(200_000 * part);
  const chance = part < 1 ? 3 * Math.sqrt((0.05 * 0.95) / walks) : 0;
  const exact = paths.map(([name, plan, traffic]): Figure => ({
    name,
    value: crossings(plan, traffic, walks, random),
    share: true,
    limits: [0, 0.053 + chance],
  }));
  const runs = Math.ceil(plans[0]![2] * part);
  return {
    title: 'Verdicts as they are seen',
    about: `How often \`analyze\` ships or rolls back what makes no difference, for somebody who looks ${TIMES_A_DAY} times a day until twice the planned end: ${DAYS} days of traffic that grows by half each day, half of the conversions up to five days late. Group-sequential plans have a quarter of the runs; what is allowed is 5.3 % and three standard errors of the runs. The last ones hold the bounds that it shows, day by day, against ${walks.toLocaleString('en')} normal paths.`,
    runs,
    figures: [...figures, ...exact],
  };
};
