/** What to do about the result. */
import { claim, suggestion, both, type Claim } from '../claim.js';
import { fact, liftFacts, meansOf, planFacts } from '../facts.js';
import {
  decided,
  differenceInterval,
  liftInterval,
  type Rule,
  type Situation,
} from '../situation.js';

const DAYS_A_MONTH = 30;

/** A clear winner that harms no guardrail. */
export const ship: Rule = (situation) => {
  const { analysis, primary, variantName, metricName } = situation;
  const winner = decided(situation);
  if (analysis.decision !== 'ship' || winner === undefined) return [];
  const lift = liftFacts(situation, primary, winner);
  if (lift === null) return [];
  const name = variantName(winner.variant);
  const said = claim`${{ name: metricName(primary.key) }} changes by ${lift.lift}, between ${lift.low} and ${lift.high}.`;
  const worth = expectedValue(situation);
  return [
    suggestion({
      rule: 'ship',
      about: winner.variant,
      severity: 'act',
      title: `Ship “${name}”`,
      claim: worth === null ? said : both(said, worth),
      action: { kind: 'ship', variant: winner.variant },
      confidence: analysis.early ? 'medium' : 'high',
    }),
  ];
};

/** What the winner is worth in a month, if the units keep coming as they do. */
function expectedValue(situation: Situation): Claim | null {
  const { primary, unitsPerDay } = situation;
  const winner = decided(situation);
  const interval = winner && differenceInterval(situation, winner);
  if (!winner || !interval || unitsPerDay === null) return null;
  const monthly = fact('monthly-units', unitsPerDay * DAYS_A_MONTH, 'units', 'units a day × days', {
    'units a day': unitsPerDay,
    days: DAYS_A_MONTH,
  });
  const cell = { metric: primary.key, variant: winner.variant };
  const [near, far] = interval[0] < 0 ? [interval[1], interval[0]] : interval;
  const end = (id: string, difference: number) =>
    fact(
      id,
      Math.abs(difference) * monthly.value,
      'total',
      '|difference| × units a month',
      {
        difference,
        'units a month': monthly.value,
      },
      cell,
    );
  const [low, high] = [end('monthly-low', near), end('monthly-high', far)];
  const direction = (winner.difference ?? 0) > 0;
  return direction
    ? claim`For today’s ${monthly} units a month that is ${low} to ${high} more.`
    : claim`For today’s ${monthly} units a month that is ${low} to ${high} less.`;
}

/** A clear loser, or a breached guardrail, and nothing else to win. */
export const rollBack: Rule = (situation) => {
  const { analysis, active, primary, variantName, metricName } = situation;
  const loser = decided(situation);
  if (analysis.decision !== 'roll-back' || analysis.reason !== 'significant-worse') return [];
  const lift = loser && liftFacts(situation, primary, loser);
  if (!loser || !lift) return [];
  return [
    suggestion({
      rule: 'roll-back',
      about: loser.variant,
      severity: 'act',
      title: `Roll back “${variantName(loser.variant)}”`,
      claim: claim`${{ name: metricName(primary.key) }} changes by ${lift.lift}, between ${lift.low} and ${lift.high}: every day costs.`,
      ...(active ? { action: { kind: 'stop' } as const } : {}),
      confidence: analysis.early ? 'medium' : 'high',
    }),
  ];
};

/** No variant can be better than the smallest effect worth finding. */
export const flat: Rule = (situation) => {
  const { analysis, active, primary, variantName } = situation;
  if (analysis.reason !== 'flat') return [];
  const widest = primary.comparisons
    .filter((comparison) => liftInterval(situation, comparison) !== null)
    .sort((a, b) => reach(situation, b) - reach(situation, a))[0];
  const lift = widest && liftFacts(situation, primary, widest);
  if (!widest || !lift) return [];
  const { mde } = planFacts(situation);
  return [
    suggestion({
      rule: 'flat',
      severity: 'act',
      title: 'Stop: there is nothing to find',
      claim: claim`The farthest that ${{ name: variantName(widest.variant) }} can be from the control is between ${lift.low} and ${lift.high}: less than the ${mde} that was worth finding. Keep whichever is cheaper.`,
      ...(active ? { action: { kind: 'stop' } as const } : {}),
      confidence: 'high',
    }),
  ];
};

function reach(situation: Situation, comparison: Parameters<typeof liftInterval>[1]): number {
  const [low, high] = liftInterval(situation, comparison) ?? [0, 0];
  return Math.max(Math.abs(low), Math.abs(high));
}

/** Surely better, and less so than was said to be worth it. */
export const belowMde: Rule = (situation) => {
  const { analysis, experiment, primary, variantName } = situation;
  const winner = decided(situation);
  const lift = winner && liftFacts(situation, primary, winner);
  if (analysis.decision !== 'ship' || !lift || Math.abs(lift.lift.value) >= experiment.plan.mde) {
    return [];
  }
  const { mde } = planFacts(situation);
  return [
    suggestion({
      rule: 'below-mde',
      about: winner.variant,
      severity: 'check',
      title: 'Is it worth what it costs?',
      claim: claim`${{ name: variantName(winner.variant) }} is clearly better, yet its lift of ${lift.lift} is smaller than the ${mde} that the plan called worth finding.`,
      confidence: 'high',
    }),
  ];
};

/** How far lifts of experiments lie from zero, as a rule: the prior of the shrinkage below. */
const TYPICAL_LIFT = 0.05;

/** Winners are picked for being lucky too: what to expect after the launch. */
export const winnersCurse: Rule = (situation) => {
  const { analysis, primary, control } = situation;
  const winner = decided(situation);
  if (analysis.decision !== 'ship' || winner === undefined) return [];
  const { lift, standardError, variant } = winner;
  if (lift === null || standardError === null || !control.mean) return [];
  const error = standardError / Math.abs(control.mean);
  const shrunk = (lift * TYPICAL_LIFT ** 2) / (TYPICAL_LIFT ** 2 + error ** 2);
  const cell = { metric: primary.key, variant };
  const measured = fact(
    'lift',
    lift,
    'lift',
    '(treatment − control) / |control|',
    meansOf(primary, variant),
    cell,
  );
  const expected = fact(
    'shrunk-lift',
    shrunk,
    'lift',
    'lift × τ² / (τ² + SE²): normal prior around no effect',
    { lift, τ: TYPICAL_LIFT, SE: error },
    cell,
  );
  return [
    suggestion({
      rule: 'winners-curse',
      about: variant,
      severity: 'check',
      title: 'Expect a little less after the launch',
      claim: claim`A winner is also picked for its luck. Against how experiments usually turn out, ${measured} measured makes about ${expected} to plan with.`,
      confidence: 'medium',
    }),
  ];
};
