import type { Analysis, AnalysisInput, MetricInput, Summaries } from './analysis.js';
import { ratioArm, type Arm } from './arm.js';
import { fragility, novelty, preExperimentBias } from './diagnostics.js';
import { readSummaries } from './summaries.js';

/** `value`: the number behind it. */
export interface Warning {
  /**
   * `leak`: units in a variant that should get none (how many). `bias`: units differed before they
   * met the variant (p-value). `sign-flip`: adjusted and raw differ in sign (raw difference).
   * `novelty`: the lift changes with the days (p-value). `fragile`: so few conversions carry the
   * verdict.
   */
  id: 'leak' | 'bias' | 'sign-flip' | 'novelty' | 'fragile';
  metric: string | null;
  variant: string | null;
  value: number;
}

/** Every experiment is looked at daily, so a trend takes more than 1 in 20. */
const NOVELTY_ALPHA = 0.01;
/** A verdict that hangs on fewer conversions than these, or than the units that met two variants. */
const FRAGILE = 10;

/**
 * What to know before an analysis is believed, beside its health checks. The arguments are those of
 * `analyze`, and what it gave. Apart from it, so that who only shows results need not load it.
 */
export function diagnose(
  input: AnalysisInput,
  summaries: Summaries | undefined,
  metrics: readonly MetricInput[],
  { metrics: analyzed, srm }: Pick<Analysis, 'metrics' | 'srm'>,
): Warning[] {
  const totals = readSummaries(
    summaries,
    input.variants.map(({ key }) => key),
  );
  const warnings: Warning[] = [];
  const warn = (
    id: Warning['id'],
    value: number | null | undefined,
    metric: string | null,
    variant: string | null,
  ): void => {
    if (value !== null && value !== undefined) warnings.push({ id, metric, variant, value });
  };
  if (srm?.leaked) warn('leak', srm.leaked, null, null);
  for (const { key, comparisons } of analyzed) {
    for (const { cuped, variant } of comparisons) {
      if (cuped?.signFlip) warn('sign-flip', cuped.raw.difference, key, variant);
    }
  }

  const [primary] = analyzed;
  const kind = metrics.find(({ key }) => key === primary?.key)?.kind;
  const [control, ...treatments] = totals.arms(input.metrics.primary);
  if (!primary || !control) return warnings;
  const biases = preExperimentBias(control, treatments);
  const days = totals.dailyArms(primary.key);
  const shown = (arm: Arm): Arm => (kind === 'ratio' ? (ratioArm(arm) ?? arm) : arm);
  primary.comparisons.forEach(({ variant, verdict, lift }, i) => {
    const tell = (id: Warning['id'], value: number | null | undefined): void =>
      warn(id, value, primary.key, variant);
    if (biases[i]?.biased) tell('bias', biases[i].pValue);
    const trend = novelty(
      totals.days.map((_, day) => ({
        control: shown(days[0]![day]!),
        treatment: shown(days[i + 1]![day]!),
      })),
    );
    if (trend && lift !== null && trend.pValue < NOVELTY_ALPHA) tell('novelty', trend.pValue);
    if (kind !== 'proportion' || (verdict !== 'better' && verdict !== 'worse')) return;
    if (!isRate(control) || !isRate(treatments[i]!)) return;
    const { flips } = fragility(control, treatments[i]!, { alpha: input.plan.alpha });
    if (flips !== null && flips < Math.max(FRAGILE, totals.multiple)) tell('fragile', flips);
  });
  return warnings;
}

/** Sums from elsewhere may claim more conversions than units. */
function isRate({ mean }: Arm): boolean {
  return mean >= 0 && mean <= 1;
}
