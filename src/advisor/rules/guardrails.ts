/** What must not get worse. */
import type { MetricAnalysis, VariantComparison } from '../../stats/index.js';
import { claim, suggestion, type Claim } from '../claim.js';
import { given, liftFacts } from '../facts.js';
import { isJudged, liftInterval, type Rule, type Situation } from '../situation.js';
import type { Fact, Suggestion } from '../suggestion.js';

/** A variant is surely worse by more than the margin. */
export const guardrailBreached: Rule = (situation) =>
  about(situation, (metric, comparison) => {
    const facts = comparison.verdict === 'breached' ? factsOf(situation, metric, comparison) : null;
    if (facts === null) return null;
    const { lift, margin } = facts;
    return {
      rule: 'guardrail-breached',
      severity: 'act',
      title: `“${situation.variantName(comparison.variant)}” breaks a guardrail`,
      claim: claim`${{ name: situation.metricName(metric.key) }} changes by ${lift}, for the worse by clearly more than the ${margin} that are accepted.`,
      ...(situation.active ? { action: { kind: 'stop' } } : {}),
      confidence: 'high',
    };
  });

/** Worse at present, and the margin is within reach. */
export const guardrailAtRisk: Rule = (situation) =>
  about(situation, (metric, comparison) => {
    if (comparison.verdict !== 'no-difference' || !situation.active) return null;
    if (!isJudged(situation)) return null;
    const harmful = metric.lowerIsBetter ? 1 : -1;
    const interval = liftInterval(situation, comparison);
    const facts = factsOf(situation, metric, comparison);
    if (facts === null || interval === null || facts.lift.value * harmful <= 0) return null;
    const worst = harmful > 0 ? facts.high : facts.low;
    if (worst.value * harmful <= facts.margin.value) return null;
    return {
      rule: 'guardrail-at-risk',
      severity: 'check',
      title: `Watch ${situation.metricName(metric.key)}`,
      claim: claim`In ${{ name: situation.variantName(comparison.variant) }} it changes by ${facts.lift} so far and may be as bad as ${worst}; ${facts.margin} are accepted.`,
      confidence: 'medium',
    };
  });

/** The variant to ship keeps a guardrail: go on watching it after the launch. */
export const guardrailHolds: Rule = (situation) =>
  about(situation, (metric, comparison) => {
    const { decision, variant } = situation.analysis;
    if (decision !== 'ship' || comparison.variant !== variant) return null;
    if (comparison.verdict !== 'within-margin') return null;
    const facts = factsOf(situation, metric, comparison);
    if (facts === null) return null;
    return {
      rule: 'guardrail-holds',
      severity: 'next',
      title: `Keep an eye on ${situation.metricName(metric.key)}`,
      claim: claim`It changes by ${facts.lift}, for the worse by clearly less than the ${facts.margin} that are accepted. Watch it after the launch too.`,
      confidence: 'high',
    };
  });

type Said = Omit<Suggestion, 'id' | 'claim' | 'evidence'> & { claim: Claim };

function about(
  { guardrails }: Situation,
  say: (metric: MetricAnalysis, comparison: VariantComparison) => Said | null,
): Suggestion[] {
  return guardrails.flatMap((metric) =>
    metric.comparisons.flatMap((comparison) => {
      const said = say(metric, comparison);
      return said ? [suggestion({ ...said, about: `${metric.key}:${comparison.variant}` })] : [];
    }),
  );
}

function factsOf(
  situation: Situation,
  metric: MetricAnalysis,
  comparison: VariantComparison,
): { lift: Fact; low: Fact; high: Fact; margin: Fact } | null {
  const facts = liftFacts(situation, metric, comparison);
  const margin = given(
    'margin',
    situation.metric(metric.key)?.margin ?? 0,
    'share',
    'the metric’s margin',
  );
  return facts && { ...facts, margin };
}
