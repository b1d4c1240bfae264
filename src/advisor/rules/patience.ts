/** Whether there is enough to decide on, and how long it takes until there is. */
import { thresholds } from '../../stats/index.js';
import { both, claim, suggestion, type Claim } from '../claim.js';
import { daysFor, fact, given, planFacts } from '../facts.js';
import { isJudged, type Rule, type Situation } from '../situation.js';

/** Too few units, conversions or hours for any verdict. */
export const tooEarly: Rule = (situation) => {
  const { analysis, experiment } = situation;
  if (experiment.status !== 'running' || analysis.units === 0) return [];
  const missing = missingClaim(situation);
  if (missing === null) return [];
  return [
    suggestion({
      rule: 'too-early',
      severity: 'next',
      title: 'Too early to say anything',
      claim: missing,
      confidence: 'high',
    }),
  ];
};

function missingClaim({ analysis, primary }: Situation): Claim | null {
  const threshold = 'what any verdict takes';
  switch (analysis.reason) {
    case 'too-few-units': {
      const fewestUnits = Math.min(...analysis.unitsByVariant);
      const fewest = given(
        'fewest-units',
        fewestUnits,
        'units',
        'smallest count of units of a variant',
      );
      const needed = given('units-threshold', thresholds.units, 'units', threshold);
      return claim`The smallest variant has ${fewest} units; below ${needed} any difference is noise.`;
    }
    case 'too-few-conversions': {
      if (primary.arms.every(({ sum }) => sum === 0)) return null; // That is another rule's to say.
      const least = Math.min(...primary.arms.map(({ sum }) => sum));
      const needed = given('conversions-threshold', thresholds.conversions, 'units', threshold);
      const sum = fact(
        'least-total',
        least,
        'total',
        'smallest Σy of a variant',
        {},
        {
          metric: primary.key,
        },
      );
      return claim`The primary metric has counted ${sum} in its weakest variant. It takes ${needed} converting units in each before a difference means anything.`;
    }
    case 'too-short': {
      const needed = given('days-threshold', thresholds.days, 'days', threshold);
      return claim`It has not run for ${needed} yet: hours differ from each other more than variants do.`;
    }
    default:
      return null;
  }
}

/** A fixed plan is judged once, at its end; looking before is fine, deciding is not. */
export const peeking: Rule = ({ analysis }) => {
  if (analysis.reason !== 'planned-look-pending') return [];
  const said = claim`This plan is judged once, at its end. Until then the intervals shown are the wider ones that are valid at any look; deciding by the narrow ones would call far more false winners than planned.`;
  const left = analysis.daysLeft;
  return [
    suggestion({
      rule: 'peeking',
      severity: 'next',
      title: 'Wait for the planned look',
      claim:
        left === null
          ? said
          : both(
              claim`${given('days-left', left, 'days', 'planned days − days so far')} to go.`,
              said,
            ),
      confidence: 'high',
    }),
  ];
};

/** The planned end will not have the power that was planned: more days do. */
export const extend: Rule = (situation) => {
  const { analysis, active, unitsPerDay } = situation;
  const { plannedPower, plannedUnits, unitsForPower, daysLeft } = analysis;
  if (!active || analysis.decision !== 'keep-running' || unitsPerDay === null) return [];
  if (plannedPower === null || plannedUnits === null || daysLeft === null) return [];
  if (!fallsShort(situation) || !isJudged(situation)) return [];
  const { mde, wanted } = planFacts(situation);
  const reached = fact('planned-power', plannedPower, 'share', 'power at the planned units', {
    'planned units': plannedUnits,
  });
  const said = claim`At today’s traffic the planned end finds a lift of ${mde} with a chance of only ${reached}.`;
  const more = unitsForPower === null ? null : daysFor(situation, unitsForPower - plannedUnits);
  const advice =
    more === null
      ? claim`That effect is out of reach for this metric: look for a larger one or for a metric with less noise.`
      : claim`It takes ${more} more to make that ${wanted}, or a larger effect to look for.`;
  return [
    suggestion({
      rule: 'extend',
      severity: 'check',
      title: 'Extend it or look for more',
      claim: both(said, advice),
      action: { kind: 'extend' },
      confidence: 'low',
    }),
  ];
};

/** Undecided, and on its way: how long until the plan's power. */
export const needsDays: Rule = (situation) => {
  const { analysis, active } = situation;
  const { unitsForPower, units } = analysis;
  if (!active || analysis.decision !== 'keep-running' || analysis.reason !== 'undecided') return [];
  if (unitsForPower === null || unitsForPower <= units || fallsShort(situation)) return [];
  const days = daysFor(situation, unitsForPower - units);
  if (days === null) return [];
  const { mde, wanted } = planFacts(situation);
  return [
    suggestion({
      rule: 'needs-days',
      severity: 'next',
      title: 'Keep running',
      claim: claim`Nothing is decided yet. At today’s pace it needs ${days} more to find a lift of ${mde} with a chance of ${wanted}.`,
      confidence: 'low',
    }),
  ];
};

/** Whether the planned end will not have the plan's power. */
function fallsShort({ analysis: { plannedPower }, experiment: { plan } }: Situation): boolean {
  return plannedPower !== null && plannedPower < plan.power;
}
