import type { AnalysisInput, MetricAnalysis, MetricInput, Warning } from './analysis.js';
import { isSound, ratioOf, type Arm } from './arm.js';
import { fragility, novelty, preExperimentBias } from './diagnostics.js';
import type { SampleRatio } from './srm.js';
import type { Totals } from './summaries.js';

/** Every experiment is looked at daily, so a trend takes more than 1 in 20. */
const NOVELTY_ALPHA = 0.01;
/** A verdict that hangs on fewer conversions than these, or than the units that met two variants. */
const FRAGILE = 10;

/** What to know before an analysis is believed, beside its health checks. */
export function warningsOf(
  input: AnalysisInput,
  totals: Totals,
  metrics: readonly MetricInput[],
  analyzed: readonly MetricAnalysis[],
  srm: SampleRatio | null,
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (
    id: Warning['id'],
    value: number | null | undefined,
    metric: string | null = null,
    variant: string | null = null,
  ): void => {
    if (value !== null && value !== undefined) warnings.push({ id, metric, variant, value });
  };
  if (srm?.leaked) warn('leak', srm.leaked);
  for (const { key, comparisons } of analyzed) {
    for (const { cuped, variant } of comparisons) {
      if (cuped?.signFlip) warn('sign-flip', cuped.raw.difference, key, variant);
    }
  }

  const [primary] = analyzed;
  const arms = totals.arms(input.metrics.primary);
  const days = totals.dailyArms(input.metrics.primary);
  const [control, ...treatments] = arms;
  if (!primary || !control || ![...arms, ...days.flat()].every(isSound)) return warnings;
  const { key } = primary;
  const kind = metrics.find((metric) => metric.key === key)?.kind;
  const biases = preExperimentBias(control, treatments);
  const shown = (arm: Arm): Arm => (kind === 'ratio' ? (ratioOf(arm) ?? arm) : arm);
  primary.comparisons.forEach(({ variant, verdict, lift }, i) => {
    if (biases[i]?.biased) warn('bias', biases[i].pValue, key, variant);
    const trend = novelty(
      totals.days.map((_, day) => ({
        control: shown(days[0]![day]!),
        treatment: shown(days[i + 1]![day]!),
      })),
    );
    if (trend && lift !== null && trend.pValue < NOVELTY_ALPHA) {
      warn('novelty', trend.pValue, key, variant);
    }
    if (kind !== 'proportion' || (verdict !== 'better' && verdict !== 'worse')) return;
    if (!isRate(control) || !isRate(treatments[i]!)) return;
    const { flips } = fragility(control, treatments[i]!, { alpha: input.plan.alpha });
    if (flips !== null && flips < Math.max(FRAGILE, totals.multiple)) {
      warn('fragile', flips, key, variant);
    }
  });
  return warnings;
}

/** Sums from elsewhere may claim more conversions than units. */
function isRate({ mean }: Arm): boolean {
  return mean >= 0 && mean <= 1;
}
