import type { MetricInput, VariantComparison } from './analysis.js';
import { sumOf, type Arm } from './arm.js';

/** What must be there before anything is said about a variant. */
export const thresholds = {
  /** Units of each variant. */
  units: 100,
  /** Units of each variant that did what the metric counts. */
  conversions: 25,
  /** Whole days. */
  days: 1,
  /** Whole days below which a result is marked early: not every weekday has been seen. */
  earlyDays: 7,
  /** Share of units that met more than one variant: a warning, a block. */
  multipleWarning: 0.01,
  multipleBlock: 0.05,
} as const;

/**
 * What an arm lacks for anything to be said of it: means of fewer units are not normal enough. Null
 * when it is enough, also where sums don't tell who did what the metric counts.
 *
 * @param units of the variant, whether the metric has a value of them or not
 */
export function shortfall(
  units: number,
  arm: Arm,
  kind: MetricInput['kind'] | undefined,
): Extract<VariantComparison['reason'], 'too-few-units' | 'too-few-conversions'> | null {
  if (units < thresholds.units) return 'too-few-units';
  return converted(arm, kind) < thresholds.conversions ? 'too-few-conversions' : null;
}

function converted(arm: Arm, kind: MetricInput['kind'] | undefined): number {
  if (arm.converted !== undefined) return arm.converted;
  if (kind === 'proportion' || kind === 'retention') return Math.round(sumOf(arm));
  return kind === 'quantile' ? arm.n : Infinity;
}

/** Whether a comparison has no verdict because an arm lacks something. */
export function isTooSmall({ reason }: VariantComparison): boolean {
  return reason === 'too-few-units' || reason === 'too-few-conversions';
}
