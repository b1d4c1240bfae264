import type {
  AnalysisInput,
  MetricAnalysis,
  MetricInput,
  SeriesPoint,
  VariantComparison,
} from './analysis.js';
import { emptyArm, ratioOf, sumOf, varianceOf, type Arm } from './arm.js';
import { defaultPrior } from './bayesian.js';
import { compareArms, contrastOf, type CompareOptions } from './compare.js';
import { benjaminiHochberg, holm } from './corrections.js';
import { normal, studentCritical } from './distributions.js';
import { sequentialMultiplier, type SequentialTest } from './sequential.js';
import { isTooSmall, shortfall } from './sufficiency.js';
import type { Totals } from './summaries.js';

/** How intervals and p-values are to be read. */
export interface Judgement {
  alpha: number;
  /** By the sequential interval: the plan is sequential or its end is not reached. */
  anytime: boolean;
  /** The planned looks of a group-sequential plan: of its goals, and one-sided of its guardrails. */
  looks?: {
    goals: SequentialTest;
    guardrails: SequentialTest;
    /** The goals' bound at each day. */
    bounds: number[];
  };
  /** Units at which the always-valid interval is tightest, by variant: control and this one. */
  tightestAt: (number | undefined)[];
}

/**
 * All metrics of an experiment, primary first, then secondary, then guardrails. A metric that is
 * not among `metrics` is taken as a mean where higher is better.
 */
export function analyzeMetrics(
  input: AnalysisInput,
  totals: Totals,
  metrics: readonly MetricInput[],
  judgement: Judgement,
): MetricAnalysis[] {
  const { primary, secondary, guardrails } = input.metrics;
  const analyzed = (key: string, role: MetricAnalysis['role']): MetricAnalysis => {
    const metric = metrics.find((m) => m.key === key);
    return analyzeMetric(input, totals, key, role, metric, judgement);
  };
  const goal = analyzed(primary, 'primary');
  const others = secondary.map((key) => analyzed(key, 'secondary'));
  judge([goal], judgement, holm);
  judge(others, judgement, benjaminiHochberg);
  return [goal, ...others, ...guardrails.map((key) => analyzed(key, 'guardrail'))];
}

/** The primary metric's sequential lift, cumulative to each day, for each variant but the control. */
export function liftSeries(
  input: AnalysisInput,
  totals: Totals,
  metrics: readonly MetricInput[],
  judgement: Judgement,
): { variant: string; points: SeriesPoint[] }[] {
  const { primary } = input.metrics;
  const metric = metrics.find(({ key }) => key === primary);
  const [control = [], ...treatments] = totals.armsSeen(primary);
  return treatments.map((arms, i) => ({
    variant: input.variants[i + 1]?.key ?? '',
    points: arms.map((treatment, day): SeriesPoint => {
      const options = optionsOf(input, metric, judgement, i + 1);
      const { looks } = judgement;
      const lacks =
        shortfall(totals.unitsSeen[0]![day]!, control[day] ?? emptyArm, metric?.kind) ??
        shortfall(totals.unitsSeen[i + 1]![day]!, treatment, metric?.kind);
      const critical = looks?.bounds[day];
      const { lift, sequential } = compareArms(control[day] ?? emptyArm, treatment, {
        ...options,
        ...(looks && critical !== undefined && { sequential: { ...looks.goals, critical } }),
      });
      const interval = lacks ? null : sequential.liftInterval;
      return { day: totals.days[day] ?? '', lift, interval };
    }),
  }));
}

function optionsOf(
  { plan }: AnalysisInput,
  metric: MetricInput | undefined,
  { alpha, looks, tightestAt }: Judgement,
  variant: number,
): CompareOptions {
  return {
    metric: metric?.kind === 'ratio' ? 'ratio' : 'mean',
    alpha,
    plannedUnits: tightestAt[variant],
    sequential: looks?.goals,
    cuped: plan.cuped,
    lowerIsBetter: metric?.lowerIsBetter,
  };
}

function analyzeMetric(
  input: AnalysisInput,
  totals: Totals,
  key: string,
  role: MetricAnalysis['role'],
  metric: MetricInput | undefined,
  judgement: Judgement,
): MetricAnalysis {
  const arms = totals.arms(key);
  const [control, ...treatments] = arms;
  const lacking = arms.map((arm, i) => shortfall(totals.unitsByVariant[i] ?? 0, arm, metric?.kind));
  const lowerIsBetter = metric?.lowerIsBetter ?? false;
  return {
    key,
    role,
    lowerIsBetter,
    arms: arms.map((arm, i) => {
      const shown = metric?.kind === 'ratio' ? ratioOf(arm) : arm;
      return {
        variant: input.variants[i]?.key ?? '',
        n: arm.n,
        sum: sumOf(arm),
        mean: shown && arm.n > 0 ? shown.mean : null,
        variance: shown && varianceOf(shown),
      };
    }),
    comparisons: treatments.flatMap((treatment, i): VariantComparison[] => {
      if (control === undefined) return [];
      const options = optionsOf(input, metric, judgement, i + 1);
      const prior = input.plan.prior ?? defaultPrior;
      const {
        sequential,
        cuped = null,
        bayesian = null,
        ...fixed
      } = compareArms(control, treatment, { ...options, prior });
      const lacks = lacking[0] ?? lacking[i + 1] ?? null;
      const comparison: VariantComparison = {
        variant: input.variants[i + 1]?.key ?? '',
        ...fixed,
        cuped,
        bayesian,
        sequentialInterval: lacks ? null : sequential.interval,
        sequentialLiftInterval: lacks ? null : sequential.liftInterval,
        sequentialPValue: lacks ? null : sequential.pValue,
        adjustedPValue: null,
        verdict: 'not-computable',
        reason: lacks ?? fixed.reason,
      };
      if (role === 'guardrail' && !lacks && comparison.df !== null) {
        comparison.verdict = guardrailVerdict(control, treatment, options, {
          df: comparison.df,
          margin: metric?.margin ?? 0,
          judgement,
        });
      }
      return [comparison];
    }),
  };
}

/** Gives goals of one family their adjusted p-values and verdicts. */
function judge(family: MetricAnalysis[], { alpha, anytime }: Judgement, adjust: typeof holm): void {
  const members = family.flatMap(({ lowerIsBetter, comparisons }) =>
    comparisons.map((comparison) => ({ lowerIsBetter, comparison })),
  );
  const adjusted = adjust(
    members.map(({ comparison: c }) => {
      if (isTooSmall(c)) return null;
      return anytime ? c.sequentialPValue : c.pValue;
    }),
  );
  members.forEach(({ lowerIsBetter, comparison }, i) => {
    const p = adjusted[i] ?? null;
    comparison.adjustedPValue = p;
    if (p === null || comparison.difference === null) return;
    const better = comparison.difference > 0 !== lowerIsBetter;
    comparison.verdict = p >= alpha ? 'no-difference' : better ? 'better' : 'worse';
  });
}

/**
 * Non-inferiority against a relative margin, one-sided at alpha: `within-margin` when the change
 * for the worse is surely smaller than the margin, `breached` when it is surely larger. Of the
 * numbers that are shown, with their covariate.
 */
function guardrailVerdict(
  controlArm: Arm,
  treatmentArm: Arm,
  options: CompareOptions,
  { df, margin, judgement }: { df: number; margin: number; judgement: Judgement },
): VariantComparison['verdict'] {
  const given = contrastOf(controlArm, treatmentArm, options);
  if (!given) return 'not-computable';
  const { control, treatment, base, baseVariance, sumVariance, sumCovariance } = given;
  const harmful = options.lowerIsBetter ? 1 : -1;
  const factor = 1 + harmful * margin * Math.sign(base);
  // The sum is base + difference: by how much it is worse than the base with its margin.
  const harm = harmful * (treatment.mean - control.mean + (1 - factor) * base);
  const variance = sumVariance - 2 * factor * sumCovariance + factor * factor * baseVariance;
  const { alpha, anytime, looks } = judgement;
  const reach = (critical: number) => critical * Math.sqrt(Math.max(0, variance));
  const far = !anytime
    ? reach(studentCritical(df, alpha))
    : looks
      ? reach(studentCritical(df, normal.sf(looks.guardrails.critical)))
      : reach(sequentialMultiplier(control.n + treatment.n, 2 * alpha, options.plannedUnits));
  return harm > far ? 'breached' : harm < -far ? 'within-margin' : 'no-difference';
}
