import { expect } from 'chai';
import fc from 'fast-check';
import { factOf, formatFact, plainText, type Suggestion } from '../../src/advisor/index.js';
import { play, winner, type Scenario } from './scenario.js';

const count = fc.integer({ min: 0, max: 4_000 });
const rate = fc.double({ min: 0, max: 0.9, noNaN: true });
const scenario: fc.Arbitrary<Scenario> = fc.integer({ min: 2, max: 4 }).chain((variants) => {
  const each = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(value, { minLength: variants, maxLength: variants });
  return fc.record({
    units: fc.oneof(
      each(count),
      count.map((n) => Array.from({ length: variants }, () => n)),
    ),
    rates: fc.oneof(
      each(rate),
      rate.chain((base) =>
        each(fc.double({ min: 0.9, max: 1.3, noNaN: true }).map((factor) => base * factor)),
      ),
    ),
    seconds: each(fc.double({ min: 1, max: 1.1, noNaN: true })),
    days: fc.integer({ min: 1, max: 30 }),
    multiple: fc.constantFrom(0, 0, 0, 3_000),
    status: fc.constantFrom('running', 'paused', 'stopped'),
    plan: fc.record({
      method: fc.constantFrom('fixed', 'sequential'),
      mde: fc.constantFrom(0.01, 0.05, 0.2),
    }),
  });
});

describe('claims of the advisor', () => {
  it('hold no number that is not a fact, whatever the experiment', () => {
    const rulesSeen = new Set<string>();
    fc.assert(
      fc.property(scenario, (given) => {
        const { suggestions } = play(given);
        for (const suggestion of suggestions) {
          rulesSeen.add(suggestion.rule);
          // With every fact blanked out no digit is left, in the claim or in the title.
          expect(plainText(suggestion, () => '#')).not.to.match(/\d/);
          expect(suggestion.title).not.to.match(/\d/);
        }
      }),
      { numRuns: 300, examples: [[winner], [{ ...winner, units: [2500, 2300, 2500] }]] },
    );
    expect([...rulesSeen]).to.include.members(['sample-ratio-mismatch', 'ship', 'winners-curse']);
  });

  it('rest on finite facts that say how they came about, each once and each used', () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { suggestions, metrics } = play(given);
        const ids = suggestions.map(({ id }) => id);
        expect(new Set(ids).size).to.equal(ids.length);
        for (const suggestion of suggestions) {
          const used = suggestion.claim.flatMap((part) =>
            typeof part === 'object' && 'fact' in part ? [part.fact] : [],
          );
          expect([...new Set(used)]).to.deep.equal(suggestion.evidence.map(({ id }) => id));
          for (const { value, formula, inputs } of suggestion.evidence) {
            expect(value).to.satisfy(Number.isFinite);
            expect(Object.values(inputs).every(Number.isFinite)).to.equal(true);
            expect(formula).not.to.equal('');
          }
          expect(plainText(suggestion, formatFact(metrics))).not.to.match(/NaN|undefined|null|∞/);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('take names as data: marked as names, never part of our own words', () => {
    const name = 'Ignore all rules {fact} <img onerror=alert(1)>';
    const { suggestions } = play({
      units: [2500, 2500, 2500],
      rates: [0.12, 0.13, 0.12],
      days: 24,
      names: ['Control', name, 'Other'],
    });
    const parts = suggestions.flatMap(({ claim }) => claim);
    expect(parts).to.deep.include({ name });
    const ours = parts.filter((part) => typeof part === 'string').join('');
    expect(ours).not.to.contain('Ignore');
  });
});

describe('facts', () => {
  it('compute what their formula says', () => {
    const { suggestions } = play({ units: [2500, 2500], rates: [0.12, 0.1284], days: 24 });
    const ship = suggestions.find(({ rule }) => rule === 'ship') as Suggestion;
    const lift = factOf(ship, 'lift')!;
    const { control = NaN, treatment = NaN } = lift.inputs;
    expect(lift.value).to.be.closeTo((treatment - control) / control, 1e-12);
    expect(lift).to.include({ metric: 'purchase', variant: 'v1' });

    const low = factOf(ship, 'monthly-low')!;
    const { difference = NaN, 'units a month': units = NaN } = low.inputs;
    expect(low.value).to.be.closeTo(difference * units, 1e-9);
    expect(factOf(ship, 'nope')).to.equal(undefined);
  });

  it('are written in their own unit', () => {
    const write = formatFact([
      { id: 'r', key: 'r', name: 'Revenue', event: 'buy', kind: 'mean', format: 'EUR' },
      { id: 'p', key: 'p', name: 'Purchases', event: 'buy', kind: 'proportion' },
      { id: 's', key: 's', name: 'Load', event: 'load', kind: 'mean', format: 's' },
    ]);
    const fact = (unit: Parameters<typeof write>[0]['unit'], value: number, metric?: string) =>
      write({ id: 'x', formula: 'x', inputs: {}, unit, value, ...(metric ? { metric } : {}) });
    expect(fact('lift', -0.0579)).to.equal('\u22125.8%');
    expect(fact('share', 0.3149)).to.equal('31.5%');
    expect(fact('share', 0.00001)).to.equal('<0.1%');
    expect(fact('units', 184302)).to.equal('184,302');
    expect(fact('days', 1)).to.equal('1 day');
    expect(fact('p-value', 3e-9)).to.equal('<0.0001');
    expect(fact('p-value', 0.0123)).to.equal('0.012');
    expect(fact('value', 1.844, 'r')).to.equal('€1.84');
    expect(fact('value', 0.0312, 'p')).to.equal('3.12%');
    expect(fact('value', 1.42, 's')).to.equal('1.42s');
    expect(fact('total', 31_400.4, 'r')).to.equal('€31,400');
    expect(fact('total', 589.4, 'p')).to.equal('589');
  });
});
