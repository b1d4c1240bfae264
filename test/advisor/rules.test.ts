import { expect } from 'chai';
import { advise, formatFact, plainText, type AdvisorContext } from '../../src/advisor/index.js';
import type { Warning } from '../../src/stats/index.js';
import { play, winner, type Scenario } from './scenario.js';

const pair: Scenario = { units: [2500, 2500], rates: [0.12, 0.122], days: 24 };

/** Per rule: where it fires, and the nearest thing where it must not. */
const rules: Record<string, { fires: Scenario; silent: Scenario }> = {
  'sample-ratio-mismatch': { fires: { ...winner, units: [2500, 2300, 2500] }, silent: winner },
  'multiple-exposures': {
    fires: { ...winner, multiple: 3_000 },
    silent: { ...winner, multiple: 1_000 },
  },
  'no-exposures': {
    fires: { ...pair, units: [0, 0] },
    silent: { ...pair, units: [0, 0], status: 'paused' },
  },
  'no-conversions': { fires: { ...pair, rates: [0, 0] }, silent: { ...pair, rates: [0, 0.01] } },
  'too-early': { fires: { ...pair, units: [30, 30], days: 2 }, silent: pair },
  peeking: {
    fires: { ...winner, plan: { method: 'fixed' } },
    silent: { ...winner, plan: { method: 'fixed' }, days: 28 },
  },
  extend: {
    fires: { ...pair, units: [250, 250] },
    silent: { ...pair, units: [25_000, 25_000], rates: [0.12, 0.1202], days: 2 },
  },
  'needs-days': {
    fires: { ...pair, units: [4_000, 4_000], days: 10 },
    silent: { ...pair, units: [250, 250] },
  },
  ship: { fires: winner, silent: pair },
  'roll-back': { fires: { ...pair, rates: [0.12, 0.111] }, silent: pair },
  flat: { fires: { ...pair, units: [9_000, 9_000], rates: [0.3, 0.3001] }, silent: pair },
  'below-mde': { fires: { ...winner, plan: { mde: 0.1 } }, silent: winner },
  'winners-curse': { fires: winner, silent: pair },
  'drop-losing-arm': { fires: winner, silent: { ...winner, rates: [0.12, 0.121, 0.12] } },
  'guardrail-breached': {
    fires: { ...pair, seconds: [1.42, 1.6] },
    silent: { ...pair, seconds: [1.42, 1.43] },
  },
  'guardrail-at-risk': {
    fires: { ...pair, units: [250, 250], seconds: [1.42, 1.48] },
    silent: { ...pair, units: [250, 250], seconds: [1.42, 1.4] },
  },
  'guardrail-holds': { fires: winner, silent: { ...pair, seconds: [1.42, 1.43] } },
};

describe('rules of the advisor', () => {
  for (const [rule, { fires, silent }] of Object.entries(rules)) {
    it(`${rule} speaks up where it should and is silent where it should be`, () => {
      expect(play(fires).rules).to.include(rule);
      expect(play(silent).rules).not.to.include(rule);
    });
  }

  it('put each warning of the analysis into words, with its number', () => {
    const { analysis, metrics } = play(winner);
    const { variants } = { variants: ['v0', 'v1'].map((key) => ({ key, name: key, weight: 1 })) };
    const plan = { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 } as const;
    const experiment = { variants, plan, status: 'running', outcome: null, hashAttribute: 'id' };
    const said = (id: Warning['id'], value: number): string => {
      const own = id === 'leak' ? [null, null] : ['purchase', 'v1'];
      const warning = { id, value, metric: own[0]!, variant: own[1]! };
      const context = { experiment, metrics } as AdvisorContext;
      const [first] = advise({ ...analysis, warnings: [warning] }, context).filter(
        ({ rule }) => !(rule in rules),
      );
      expect(first!.severity).to.equal('check');
      expect(first!.evidence.map((fact) => fact.value)).to.deep.equal([value]);
      return `${first!.rule}: ${plainText(first!, formatFact(metrics))}`;
    };
    expect(said('leak', 7)).to.match(/^leak: 7 units met a variant whose weight is zero/);
    expect(said('bias', 0.0004)).to.match(/^pre-experiment-bias: Units of v1 .* of 0.0004/);
    expect(said('sign-flip', -0.02)).to.match(/^adjustment-flips: .* v1 changes .* by −2.00%/);
    expect(said('novelty', 0.003)).to.match(/^novelty: The lift of v1 .* of 0.003/);
    expect(said('fragile', 4)).to.match(/^fragile: Had 4 units not converted/);
  });

  it('say what to do about a clear winner, and what to look out for', () => {
    const { suggestions, metrics } = play(winner);
    expect(suggestions.map((s) => [s.severity, plainText(s, formatFact(metrics))])).to.deep.equal([
      [
        'act',
        'Purchase rate changes by +7.0%, between +2.1% and +12.1%. ' +
          'For today’s 225,000 units a month that is 589 to 3,191 more.',
      ],
      [
        'check',
        'A winner is also picked for its luck. Against how experiments usually turn out, ' +
          '+7.0% measured makes about +6.4% to plan with.',
      ],
      [
        'next',
        'Its chance to be better than One page is <0.1%. ' +
          'Without it 33.3% of the units go to variants that can still win.',
      ],
      [
        'next',
        'It changes by +0.7%, for the worse by clearly less than the 5% that are accepted. ' +
          'Watch it after the launch too.',
      ],
    ]);
    expect(suggestions[0]?.action).to.deep.equal({ kind: 'ship', variant: 'v1' });
  });

  it('put what is urgent first', () => {
    const order = ['act', 'check', 'next'];
    for (const scenario of Object.values(rules).flatMap(({ fires, silent }) => [fires, silent])) {
      const ranks = play(scenario).suggestions.map(({ severity }) => order.indexOf(severity));
      expect(ranks).to.deep.equal([...ranks].sort((a, b) => a - b));
    }
  });

  it('say nothing about results that cannot be trusted', () => {
    expect(play({ ...winner, units: [2500, 2300, 2500] }).rules).to.deep.equal([
      'sample-ratio-mismatch',
    ]);
  });

  it('say nothing about a draft, nor about what is decided', () => {
    expect(play({ ...winner, status: 'draft' }).rules).to.deep.equal([]);
    expect(play({ ...winner, status: 'archived' }).rules).to.deep.equal([]);
    const outcome = { variant: 'v1', decision: 'shipped', at: '2026-10-25T00:00:00Z' } as const;
    expect(play({ ...winner, outcome }).rules).to.deep.equal([]);
  });

  it('leave out what was dismissed, and only that', () => {
    const all = play(winner).suggestions.map(({ id }) => id);
    const rest = play({ ...winner, dismissed: ['drop-losing-arm:v2'] }).suggestions;
    expect(rest.map(({ id }) => id)).to.deep.equal(all.filter((id) => id !== 'drop-losing-arm:v2'));
  });

  it('propose an action only where it can be taken', () => {
    const loser = { ...pair, rates: [0.12, 0.111] };
    expect(play(loser).suggestions[0]?.action).to.deep.equal({ kind: 'stop' });
    expect(play({ ...loser, status: 'stopped' }).suggestions[0]).not.to.have.property('action');
  });
});
