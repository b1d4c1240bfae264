/** What looking often does: to verdicts, to planned designs, to the balance check. */
import {
  compare,
  groupSequentialBounds,
  groupSequentialTest,
  normal,
  sampleSize,
  sequentialMultiplier,
  srm,
  thresholds,
} from '../../../src/stats/index.js';
import { binomialDraw, normalDraw, proportion, seeded, type Random } from './draws.js';
import type { Figure, Study } from './studies.js';

const share = (name: string, value: number, limits?: readonly [number, number]): Figure => ({
  name,
  value,
  share: true,
  ...(limits && { limits }),
});

/** Three standard errors for a short form, whose limit is not the promise itself. */
const slack = (p: number, runs: number, part: number): number =>
  part < 1 ? 3 * Math.sqrt((p * (1 - p)) / runs) : 0;

/** An A/A test at a 2 % baseline, looked at a thousand times. */
export const peeking: Study = (part, seed) => {
  const runs = Math.ceil(4_000 * part);
  const [looks, step, rate] = [1_000, 100, 0.02];
  const draw = binomialDraw(step, rate, seeded(seed + 1));
  let [always, once, bayesian] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    let [a, b] = [0, 0];
    const called = { always: false, once: false, bayesian: false };
    for (let look = 1; look <= looks; look++) {
      a += draw();
      b += draw();
      // Nothing is said before, by `analyze` neither.
      if (Math.min(a, b) < thresholds.conversions) continue;
      const n = look * step;
      const seen = compare(proportion(n, a), proportion(n, b), { prior: 'flat' });
      called.always ||= (seen.sequential.pValue ?? 1) < 0.05;
      called.once ||= (seen.pValue ?? 1) < 0.05;
      called.bayesian ||= Math.abs((seen.bayesian?.chanceToWin ?? 0.5) - 0.5) > 0.45;
    }
    always += Number(called.always);
    once += Number(called.once);
    bayesian += Number(called.bayesian);
  }
  return {
    title: 'Looking a thousand times',
    about:
      'How often an A/A test at a 2 % baseline is called at any of 1,000 looks, 100 units in each arm apart.',
    runs,
    figures: [
      share('confidence sequence', always / runs, [0, 0.05 + slack(0.05, runs, part)]),
      share('p below 0.05, which is for one look', once / runs),
      share('a chance to win of 95 % with a flat prior', bayesian / runs),
    ],
  };
};

/** A design with 80 % power for one look, looked at twenty times. */
export const groupSequential: Study = (part, seed) => {
  const runs = Math.ceil(60_000 * part);
  const [looks, rate, mde] = [20, 0.1, 0.1];
  const n = looks * Math.round(sampleSize({ mean: rate, mde }) / looks);
  const step = n / looks;
  const times = Array.from({ length: looks }, (_, i) => (i + 1) / looks);
  const tests = times.map((_, look) => groupSequentialTest(times.slice(0, look + 1)));
  // One set of bounds: those of the first looks do not change with the later ones.
  const bounds = groupSequentialBounds(times);
  const early = tests.every(({ critical }, look) => Math.abs(critical - bounds[look]!) < 1e-3);
  if (!early) throw new Error('The bounds of a look must not depend on later ones.');
  const random = seeded(seed + 2);
  const control = binomialDraw(step, rate, random);
  const play = (treatment: () => number) => {
    let [grouped, always, fixed] = [0, 0, 0];
    for (let run = 0; run < runs; run++) {
      let [a, b] = [0, 0];
      const called = { grouped: false, always: false };
      for (let look = 0; look < looks; look++) {
        a += control();
        b += treatment();
        const at = (look + 1) * step;
        const sequential = tests[look];
        const seen = compare(proportion(at, a), proportion(at, b), { sequential });
        const interval = seen.sequential.interval;
        called.grouped ||= interval !== null && (interval[0] > 0 || interval[1] < 0);
        const z = Math.abs((seen.difference ?? 0) / (seen.standardError ?? Infinity));
        called.always ||= z > sequentialMultiplier(2 * at, 0.05, 2 * n);
        if (look === looks - 1) fixed += Number((seen.pValue ?? 1) < 0.05);
      }
      grouped += Number(called.grouped);
      always += Number(called.always);
    }
    return { grouped: grouped / runs, always: always / runs, fixed: fixed / runs };
  };
  const none = play(binomialDraw(step, rate, random));
  const uneven = unevenDays(runs, seeded(seed + 6));
  const some = play(binomialDraw(step, rate * (1 + mde), random));
  return {
    title: 'Planned looks',
    about: `A design that finds +10 % of a 10 % baseline with a power of 80 % at one look (${n.toLocaleString('en')} units in each arm), looked at ${looks} times. Group-sequential bounds are of O’Brien–Fleming type, the last one ${bounds.at(-1)!.toFixed(3)} instead of ${(-normal.quantile(0.025)).toFixed(3)}.`,
    runs,
    figures: [
      share('group-sequential: called without an effect', none.grouped, [
        0,
        0.053 + slack(0.05, runs, part),
      ]),
      share('the same, 60 uneven days and on beyond the plan', uneven, [
        0,
        0.053 + slack(0.05, runs, part),
      ]),
      share('group-sequential: power', some.grouped, [0.775 - slack(0.78, runs, part), Infinity]),
      share('one look: called without an effect', none.fixed),
      share('one look: power', some.fixed),
      share('confidence sequence: called without an effect', none.always),
      share('confidence sequence: power', some.always),
    ],
  };
};

/** How often nothing is called when a plan is looked at daily, on unlike days, past its end. */
function unevenDays(runs: number, random: Random): number {
  const normal = normalDraw(random);
  let time = 0;
  const times = Array.from(
    { length: 60 },
    (_, day) => (time += day % 7 > 4 ? 0.008 : 0.01 + 0.02 * random()),
  );
  const bounds = groupSequentialBounds(times);
  let called = 0;
  for (let run = 0; run < runs; run++) {
    let [score, before] = [0, 0];
    const passes = times.some((at, look) => {
      score += Math.sqrt(at - before) * normal();
      before = at;
      return Math.abs(score) > bounds[look]! * Math.sqrt(at);
    });
    called += Number(passes);
  }
  return called / runs;
}

/** A fair split, checked two hundred times. */
export const balance: Study = (part, seed) => {
  const runs = Math.ceil(20_000 * part);
  const [looks, step] = [200, 500];
  const draw = binomialDraw(step, 0.5, seeded(seed + 3));
  let [sequential, once] = [0, 0];
  for (let run = 0; run < runs; run++) {
    let first = 0;
    const called = { sequential: false, once: false };
    for (let look = 1; look <= looks; look++) {
      first += draw();
      const seen = srm([first, look * step - first], [0.5, 0.5]);
      called.sequential ||= seen?.mismatch ?? false;
      called.once ||= (seen?.pValue ?? 1) < 0.001;
    }
    sequential += Number(called.sequential);
    once += Number(called.once);
  }
  return {
    title: 'Balance',
    about:
      'How often a fair split is called a sample-ratio mismatch at any of 200 looks, 500 units apart.',
    runs,
    figures: [
      share('sequential test', sequential / runs, [0, 0.002 + slack(0.001, runs, part)]),
      share('χ² at 0.001, which is for one look', once / runs),
    ],
  };
};
