import type { AnalysisInput, MetricAnalysis } from './analysis.js';
import { normal } from './distributions.js';
import { groupSequentialPower } from './group-sequential.js';
import type { Judgement } from './metrics.js';
import { evenLooks, powerAt } from './planning.js';
import { sequentialMultiplier } from './sequential.js';

/** The chance to find the plan's effect, of the variant that has it hardest. */
export interface PlanPower {
  power: number | null;
  plannedPower: number | null;
  unitsForPower: number | null;
}

/** Beyond this multiple of today's units the plan's effect is out of reach. */
const FARTHEST = 1e4;

/**
 * Power from today's standard errors, which shrink with the square root of the units: now, at the
 * planned end, and the units that the plan's power takes.
 */
export function powerOf(
  { plan }: AnalysisInput,
  primary: MetricAnalysis | undefined,
  { alpha, tightestAt }: Judgement,
  units: number,
  plannedUnits: number | null,
): PlanPower {
  const control = primary?.arms[0];
  const effects = (primary?.comparisons ?? []).flatMap(({ standardError }, i) => {
    if (!control?.mean || standardError === null) return [];
    const z = (Math.abs(control.mean) * plan.mde) / standardError;
    return { z, n: control.n + (primary?.arms[i + 1]?.n ?? 0), tightestAt: tightestAt[i + 1] };
  });
  const all = effects.length > 0 && effects.length === primary?.comparisons.length;
  if (!all || !(plan.mde > 0)) {
    return { power: null, plannedPower: null, unitsForPower: null };
  }

  const once =
    plan.method === 'group-sequential' ? criticalOfLooks(plan) : -normal.quantile(alpha / 2);
  /** Power with `growth` times today's units. */
  const at = (growth: number): number =>
    Math.min(
      ...effects.map(({ z, n, tightestAt: planned }) => {
        const critical =
          plan.method === 'sequential' ? sequentialMultiplier(n * growth, alpha, planned) : once;
        return powerAt(z * Math.sqrt(growth), critical);
      }),
    );
  return {
    power: at(1),
    plannedPower: plannedUnits !== null && plannedUnits > 0 ? at(plannedUnits / units) : null,
    unitsForPower: growthFor(plan.power, at, units),
  };
}

/** Daily looks at a planned number of units have the power of one look at this critical value. */
function criticalOfLooks({ alpha, power: wanted, spending }: AnalysisInput['plan']): number {
  const { times, bounds } = evenLooks(20, alpha, spending);
  const drift = -normal.quantile(alpha / 2) + normal.quantile(Math.min(0.99, wanted));
  const reached = groupSequentialPower(times, bounds, drift).at(-1) ?? wanted;
  return drift - normal.quantile(reached);
}

/** The fewest units at which `at` reaches the power wanted, to within one or what a double holds. */
function growthFor(wanted: number, at: (growth: number) => number, units: number): number | null {
  let high = 1 / units;
  while (at(high) < wanted) {
    high *= 2;
    if (high > FARTHEST) return null;
  }
  let low = high / 2;
  while (high - low > Math.max(1 / units, 1e-15 * high)) {
    const middle = (low + high) / 2;
    if (at(middle) < wanted) low = middle;
    else high = middle;
  }
  return Math.ceil(high * units);
}
