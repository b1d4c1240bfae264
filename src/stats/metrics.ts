import type {
  AnalysisInput,
  MetricAnalysis,
  MetricInput,
  SeriesPoint,
  VariantComparison,
} from './analysis.js';
import { emptyArm, ratioOf, sumOf, varianceOf, type Arm } from './arm.js';
import { defaultPrior } from './bayesian.js';
import { compareArms, type CompareOptions } from './compare.js';
import { benjaminiHochberg, holm } from './corrections.js';
import { normal } from './distributions.js';
import { meanVariance } from './effect.js';
import { sequentialMultiplier, type SequentialTest } from './sequential.js';
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
    return analyzeMetric(input, totals.arms(key), key, role, metric, judgement);
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
      const critical = looks?.bounds[day];
      const { lift, sequential } = compareArms(control[day] ?? emptyArm, treatment, {
        ...options,
        ...(looks && critical !== undefined && { sequential: { ...looks.goals, critical } }),
      });
      return { day: totals.days[day] ?? '', lift, interval: sequential.liftInterval };
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
  arms: Arm[],
  key: string,
  role: MetricAnalysis['role'],
  metric: MetricInput | undefined,
  judgement: Judgement,
): MetricAnalysis {
  const [control, ...treatments] = arms;
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
      return [
        {
          variant: input.variants[i + 1]?.key ?? '',
          ...fixed,
          cuped,
          bayesian,
          sequentialInterval: sequential.interval,
          sequentialLiftInterval: sequential.liftInterval,
          sequentialPValue: sequential.pValue,
          adjustedPValue: null,
          verdict:
            role === 'guardrail'
              ? guardrailVerdict(control, treatment, metric, judgement, i + 1)
              : 'not-computable',
        },
      ];
    }),
  };
}

/** Gives goals of one family their adjusted p-values and verdicts. */
function judge(family: MetricAnalysis[], { alpha, anytime }: Judgement, adjust: typeof holm): void {
  const members = family.flatMap(({ lowerIsBetter, comparisons }) =>
    comparisons.map((comparison) => ({ lowerIsBetter, comparison })),
  );
  const adjusted = adjust(
    members.map(({ comparison: c }) => (anytime ? c.sequentialPValue : c.pValue)),
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
 * for the worse is surely smaller than the margin, `breached` when it is surely larger.
 */
function guardrailVerdict(
  controlArm: Arm,
  treatmentArm: Arm,
  metric: MetricInput | undefined,
  { alpha, anytime, looks, tightestAt }: Judgement,
  variant: number,
): VariantComparison['verdict'] {
  const { kind, lowerIsBetter, margin = 0 } = metric ?? {};
  const of = (arm: Arm): Arm => (kind === 'ratio' ? (ratioOf(arm) ?? emptyArm) : arm);
  const [control, treatment] = [of(controlArm), of(treatmentArm)];
  const a = meanVariance(control);
  const b = meanVariance(treatment);
  if (a === null || b === null || a + b === 0) return 'not-computable';
  const harmful = lowerIsBetter ? 1 : -1;
  const factor = 1 + harmful * margin * Math.sign(control.mean);
  const harm = harmful * (treatment.mean - factor * control.mean);
  const n = control.n + treatment.n;
  const critical = !anytime
    ? -normal.quantile(alpha)
    : (looks?.guardrails.critical ?? sequentialMultiplier(n, 2 * alpha, tightestAt[variant]));
  const reach = critical * Math.sqrt(b + factor * factor * a);
  return harm > reach ? 'breached' : harm < -reach ? 'within-margin' : 'no-difference';
}
