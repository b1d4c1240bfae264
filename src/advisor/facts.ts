/** Numbers of an analysis as facts: the value together with the formula and what goes into it. */
import type { ArmSummary, MetricAnalysis, VariantComparison } from '../stats/index.js';
import type { Fact, FactUnit } from './suggestion.js';
import type { Situation } from './situation.js';

export function fact(
  id: string,
  value: number,
  unit: FactUnit,
  formula: string,
  inputs: Fact['inputs'],
  cell: { metric?: string; variant?: string } = {},
): Fact {
  return { id, value, unit, formula, inputs, ...cell };
}

/** A count or a setting, which follows from nothing else; `source` says where it stands. */
export function given(id: string, value: number, unit: FactUnit, source: string): Fact {
  return fact(id, value, unit, source, {});
}

/** The plan's smallest effect worth finding, and the power that it asks for. */
export function planFacts({ experiment: { plan } }: Situation): { mde: Fact; wanted: Fact } {
  return {
    mde: given('mde', plan.mde, 'share', 'the plan’s smallest effect worth finding'),
    wanted: given('wanted-power', plan.power, 'share', 'the plan’s power'),
  };
}

/** The lift of a variant, and the ends of the interval that the verdict rests on. */
export function liftFacts(
  situation: Situation,
  metric: MetricAnalysis,
  comparison: VariantComparison,
): { lift: Fact; low: Fact; high: Fact } | null {
  const { analysis } = situation;
  const { lift, sequentialLiftInterval, liftInterval, variant } = comparison;
  const interval = analysis.anytime ? sequentialLiftInterval : liftInterval;
  if (lift === null || interval === null) return null;
  const cell = { metric: metric.key, variant };
  const inputs = meansOf(metric, variant);
  const end = analysis.anytime
    ? 'Fieller’s interval with the always-valid multiplier'
    : 'Fieller’s interval with Student’s t';
  return {
    lift: fact(
      'lift',
      lift,
      'lift',
      comparison.cuped
        ? '(treatment − control) / |control|, adjusted for what units did before (CUPED)'
        : '(treatment − control) / |control|',
      inputs,
      cell,
    ),
    low: fact('lift-low', interval[0], 'lift', `lower end of ${end}`, inputs, cell),
    high: fact('lift-high', interval[1], 'lift', `upper end of ${end}`, inputs, cell),
  };
}

/** What a comparison is made of. */
export function meansOf(metric: MetricAnalysis, variant: string): Record<string, number> {
  const inputs: Record<string, number> = {};
  const add = (name: string, arm: ArmSummary | undefined): void => {
    if (arm?.mean !== null && arm !== undefined) inputs[name] = arm.mean;
    if (arm !== undefined) inputs[`${name} units`] = arm.n;
  };
  add('control', metric.arms[0]);
  add(
    'treatment',
    metric.arms.find((arm) => arm.variant === variant),
  );
  return inputs;
}

/** Days that `units` more take at the pace so far; null before the pace is known. */
export function daysFor(situation: Situation, units: number): Fact | null {
  const { unitsPerDay } = situation;
  if (unitsPerDay === null || unitsPerDay === 0) return null;
  return fact('days-needed', Math.ceil(units / unitsPerDay), 'days', 'units needed / units a day', {
    'units needed': units,
    'units a day': unitsPerDay,
  });
}
