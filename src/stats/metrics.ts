import type {
  AnalysisInput,
  MetricAnalysis,
  MetricInput,
  SeriesPoint,
  VariantComparison,
} from './analysis.js';
import { emptyArm, sumOf, varianceOf, type Arm } from './arm.js';
import { anytimeLift, compare } from './compare.js';
import { holm } from './corrections.js';
import { normal } from './distributions.js';
import { meanVariance } from './effect.js';
import { sequentialMultiplier } from './sequential.js';
import type { Totals } from './summaries.js';

/** How intervals and p-values are to be read. */
export interface Judgement {
  alpha: number;
  /** By the always-valid interval: the plan is sequential or its end is not reached. */
  anytime: boolean;
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
  judge([goal], judgement);
  judge(others, judgement);
  return [goal, ...others, ...guardrails.map((key) => analyzed(key, 'guardrail'))];
}

/** A metric's always-valid lift, cumulative to each day, for each variant but the control. */
export function liftSeries(
  input: AnalysisInput,
  totals: Totals,
  judgement: Judgement,
): { variant: string; points: SeriesPoint[] }[] {
  const [control = [], ...treatments] = totals.cumulativeArms(input.metrics.primary);
  return treatments.map((arms, i) => ({
    variant: input.variants[i + 1]?.key ?? '',
    points: arms.map((treatment, day): SeriesPoint => {
      const base = control[day] ?? emptyArm;
      const { alpha, tightestAt } = judgement;
      return {
        day: totals.days[day] ?? '',
        ...anytimeLift(base, treatment, { alpha, plannedUnits: tightestAt[i + 1] }),
      };
    }),
  }));
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
    arms: arms.map((arm, i) => ({
      variant: input.variants[i]?.key ?? '',
      n: arm.n,
      sum: sumOf(arm),
      mean: arm.n > 0 ? arm.mean : null,
      variance: varianceOf(arm),
    })),
    comparisons: treatments.flatMap((treatment, i): VariantComparison[] => {
      if (control === undefined) return [];
      const plannedUnits = judgement.tightestAt[i + 1];
      const { sequential, ...fixed } = compare(control, treatment, {
        alpha: judgement.alpha,
        plannedUnits,
      });
      return [
        {
          variant: input.variants[i + 1]?.key ?? '',
          ...fixed,
          sequentialInterval: sequential.interval,
          sequentialLiftInterval: sequential.liftInterval,
          sequentialPValue: sequential.pValue,
          adjustedPValue: null,
          verdict:
            role === 'guardrail'
              ? guardrailVerdict(control, treatment, {
                  lowerIsBetter,
                  margin: metric?.margin ?? 0,
                  plannedUnits,
                  judgement,
                })
              : 'not-computable',
        },
      ];
    }),
  };
}

/** Gives goals of one family their adjusted p-values and verdicts. */
function judge(family: MetricAnalysis[], { alpha, anytime }: Judgement): void {
  const members = family.flatMap(({ lowerIsBetter, comparisons }) =>
    comparisons.map((comparison) => ({ lowerIsBetter, comparison })),
  );
  const adjusted = holm(
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
  control: Arm,
  treatment: Arm,
  {
    lowerIsBetter,
    margin,
    plannedUnits,
    judgement: { alpha, anytime },
  }: {
    lowerIsBetter: boolean;
    margin: number;
    plannedUnits: number | undefined;
    judgement: Judgement;
  },
): VariantComparison['verdict'] {
  const a = meanVariance(control);
  const b = meanVariance(treatment);
  if (a === null || b === null || a + b === 0) return 'not-computable';
  const harmful = lowerIsBetter ? 1 : -1;
  const factor = 1 + harmful * margin * Math.sign(control.mean);
  const harm = harmful * (treatment.mean - factor * control.mean);
  const critical = anytime
    ? sequentialMultiplier(control.n + treatment.n, 2 * alpha, plannedUnits)
    : -normal.quantile(alpha);
  const reach = critical * Math.sqrt(b + factor * factor * a);
  return harm > reach ? 'breached' : harm < -reach ? 'within-margin' : 'no-difference';
}
