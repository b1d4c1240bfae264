/** What to look into before a result is believed: the warnings of the analysis, in words. */
import type { Warning } from '../../stats/index.js';
import { claim, suggestion, type Claim } from '../claim.js';
import { fact } from '../facts.js';
import type { Rule, Situation } from '../situation.js';
import type { Fact } from '../suggestion.js';

/** One suggestion for each warning. */
export const doubts: Rule = (situation) =>
  situation.analysis.warnings.map((warning) => {
    const { rule, title, unit, formula, say } = words[warning.id];
    const { metric, variant } = warning;
    const cell = { ...(metric !== null && { metric }), ...(variant !== null && { variant }) };
    const value = fact(rule, warning.value, unit, formula, {}, cell);
    const about = [metric, variant].filter((part) => part !== null).join(':');
    return suggestion({
      rule,
      severity: 'check',
      title,
      claim: say(value, { name: situation.variantName(variant ?? '') }, situation),
      confidence: 'medium',
      ...(about && { about }),
    });
  });

interface Words {
  rule: string;
  title: string;
  unit: Fact['unit'];
  formula: string;
  say(value: Fact, variant: { name: string }, situation: Situation): Claim;
}

const words: Record<Warning['id'], Words> = {
  leak: {
    rule: 'leak',
    title: 'A variant without a share gets units',
    unit: 'units',
    formula: 'units in variants of weight 0',
    say: (value) =>
      claim`${value} units met a variant whose weight is zero. Something assigns past the plan: an old page, a forced variant, a cached config.`,
  },
  bias: {
    rule: 'pre-experiment-bias',
    title: 'The groups differed before',
    unit: 'p-value',
    formula: 'Welch’s test on the covariate, adjusted for the variants',
    say: (value, variant) =>
      claim`Units of ${variant} already differed from the control before they met it; chance alone does that with a probability of ${value}. Look at who is let in before you believe the lift.`,
  },
  'sign-flip': {
    rule: 'adjustment-flips',
    title: 'The adjustment turns the result round',
    unit: 'value',
    formula: 'treatment − control, without the covariate',
    say: (value, variant) =>
      claim`Without the adjustment for what units did before, ${variant} changes the metric by ${value}, the other way. Believe neither before the covariate is understood.`,
  },
  novelty: {
    rule: 'novelty',
    title: 'The effect changes with the days',
    unit: 'p-value',
    formula: 'weighted slope of the daily lift on ln(day)',
    say: (value, variant) =>
      claim`The lift of ${variant} is not the same at the end as at the start; chance alone does that with a probability of ${value}. Novelty wears off and habits take time: look at the last days rather than at the sum.`,
  },
  fragile: {
    rule: 'fragile',
    title: 'Few conversions carry the verdict',
    unit: 'units',
    formula: 'fewest conversions of the better variant that turn it',
    say: (value, variant) =>
      claim`Had ${value} units not converted, nothing would be significant about ${variant}. Run it on, or expect that it may not repeat.`,
  },
};
