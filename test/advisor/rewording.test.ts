import { expect } from 'chai';
import {
  formatFact,
  plainText,
  verifyRewording,
  type Suggestion,
} from '../../src/advisor/index.js';
import { play, winner } from './scenario.js';

const fact = (id: string, value: number) =>
  ({ id, value, unit: 'lift', formula: 'given', inputs: {} }) as const;
const suggestion: Pick<Suggestion, 'claim' | 'evidence'> = {
  claim: [
    ...[{ name: 'One page' }, ' sells ', { fact: 'lift' }, ' more than '],
    ...[{ name: 'Control' }, ', between ', { fact: 'low' }, ' and ', { fact: 'high' }, '.'],
  ],
  evidence: [fact('lift', 0.058), fact('low', -0.012), fact('high', 0.104)],
};
const names = ['One page', 'Control', 'Wizard'];
const good = 'Compared with Control, One page sells +5.8% more (−1.2% to +10.4%).';

function problemsOf(text: string): string[] {
  const { ok, problems } = verifyRewording(suggestion, text, { names });
  expect(ok, text).to.equal(problems.length === 0);
  return problems;
}

describe('a rewording', () => {
  it('may say it in any other words, spaces and minus signs', () => {
    expect(problemsOf(good)).to.deep.equal([]);
    expect(problemsOf(plainText(suggestion))).to.deep.equal([]);
    expect(problemsOf(good.replace('−', '-').replace('+5.8%', '+5.8 %'))).to.deep.equal([]);
  });

  const wrong: [what: string, text: string, problem: RegExp][] = [
    ['another number', good.replace('5.8', '58'), /number \+58% is new/],
    ['a number less', good.replace('+5.8%', 'much'), /number \+5\.8% is missing/],
    ['a number in words', good.replace('more', 'or twice more'), /number twice is new/],
    ['another sign', good.replace('−1.2', '+1.2'), /number -1\.2% is missing/],
    ['another unit', good.replace('10.4%', '10.4'), /number \+10\.4 is new/],
    ['the other direction', good.replace('more', 'less'), /“less” is new/],
    ['a negation', good.replace('sells', 'never sells'), /“never” is new/],
    ['a judgement', `${good} Ship it.`, /“Ship” is new/],
    ['another variant', good.replace('One page', 'Wizard'), /“One page” is missing/],
    ['one variant more', `${good} Like Wizard.`, /“Wizard” is new/],
    ['markup', `${good}<img src=x>`, /markup/],
    ['an address', `${good} See https://evil.example`, /address/],
    ['a direction mark', `${good}\u202e`, /invisible/],
    ['nothing', ' ', /empty/],
    ['a novel', good + ' It is so.'.repeat(200), /longer/],
  ];
  for (const [what, text, problem] of wrong) {
    it(`may not hold ${what}`, () => {
      expect(problemsOf(text).join(' ')).to.match(problem);
    });
  }

  it('is judged by the numbers as they were written', () => {
    const format = formatFact([], 'de');
    const text = plainText(suggestion, format);
    expect(verifyRewording(suggestion, text, { format }).ok).to.equal(true);
    expect(verifyRewording(suggestion, text).ok).to.equal(false);
  });

  it('is right as it was, for all that the advisor says', () => {
    const { suggestions, metrics } = play(winner);
    expect(suggestions).to.have.length.above(0);
    const format = formatFact(metrics);
    for (const one of suggestions)
      expect(verifyRewording(one, plainText(one, format), { format }).problems).to.deep.equal([]);
  });
});
