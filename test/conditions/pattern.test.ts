import { expect } from 'chai';
import { matches } from '../../src/conditions/index.js';

const found = (pattern: string, text: string): boolean =>
  matches({ text: { $regex: pattern } }, { text });

describe('regular expressions in conditions', () => {
  it('answer as the engine does', () => {
    const patterns = [
      '',
      'a',
      'a|b',
      '^a$',
      'a*',
      'a+b',
      'a?b',
      'a{2}',
      'a{2,}',
      'a{1,2}b',
      '(ab)+',
      '(a|b)*c',
      '(?:ab|cd){2}',
      '[a-c]+d',
      '[^a]',
      '\\d+',
      '\\w+\\s\\w+',
      '\\bab\\b',
      '\\Bb',
      'a.c',
      '^$',
      '(?=.*b)a',
      '^(?!a)',
      '(?!.*c$)a',
      'x{',
      'a{,2}',
      ']',
      '}',
      '\\.',
      '\\/',
      '/',
      '\\u0061',
      '\\x61',
      '[\\]a]',
      '[]',
      '[^]',
      'a*?b',
      '(a*)*',
      '(a|)+b',
      '(?<name>a)b',
      '((a){2}|b){2}',
      '(|a)b',
      'ab|cd|',
      '^(?:(?:a|ab)(?:c|bcd))$',
      'é',
      '\\0',
    ];
    const texts = [
      '',
      'a',
      'b',
      'ab',
      'ba',
      'aab',
      'abc',
      'abcd',
      'cdab',
      'aaa',
      'a c',
      'x{',
      'a{,2}',
      ']',
      '}',
      'a.b',
      'a/b',
      '12',
      'é',
      '\n',
      'acbcd',
      'b ab c',
      'aabb',
      '\u0000',
    ];
    for (const pattern of patterns) {
      for (const text of texts) {
        expect(found(pattern, text), `/${pattern}/ in ${JSON.stringify(text)}`).to.equal(
          new RegExp(pattern).test(text),
        );
      }
    }
  });

  it('come to an end where backtracking would not', () => {
    const text = `${'a'.repeat(5_000)}!`;
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(.*a){12}$', '^(\\w+\\s?)*$']) {
      expect(found(pattern, text), pattern).to.equal(false);
    }
    expect(found('^(a+)+!$', text)).to.equal(true);
  });

  it('match nothing when they are invalid, refused or too large', () => {
    for (const pattern of [
      '(',
      '[',
      '*',
      '(a)\\1',
      '(?<=a)b',
      '(?<!a)b',
      'a{9999}',
      'a'.repeat(5_001),
    ]) {
      expect(found(pattern, 'aab'), pattern.slice(0, 20)).to.equal(false);
    }
    expect(found('((((a{9}){9}){9}){9}){9}', 'a')).to.equal(false);
    expect(found('(){999999999}b', 'ab')).to.equal(true);
    expect(found('a', 'a'.repeat(10_001))).to.equal(false);
  });

  it('let nobody in by what can’t be judged, also where it must not match', () => {
    const company = { company: 'customer-7' };
    const unknown = ['(?<!x)customer', '(c)\\1', 'a'.repeat(5_001)];
    for (const pattern of unknown) {
      const test = { company: { $regex: pattern } };
      for (const condition of [
        { $not: test },
        { $nor: [test] },
        { company: { $not: test.company } },
      ])
        expect(matches(condition, company), pattern.slice(0, 20)).to.equal(false);
    }
    const long = { text: 'a'.repeat(10_001) };
    expect(matches({ text: { $not: { $regex: 'b' } } }, long)).to.equal(false);
    // What is no pattern in any engine matches nothing, as in GrowthBook.
    expect(matches({ $not: { company: { $regex: '(' } } }, company)).to.equal(true);
  });

  it('may be lists of many names', () => {
    const names = Array.from({ length: 300 }, (_, i) => `customer-${i}`).join('|');
    expect(found(`^(${names})$`, 'customer-299')).to.equal(true);
    expect(found(`^(${names})$`, 'customer-300')).to.equal(false);
  });

  it('share the steps of their condition, and of all that are given the same', () => {
    const text = 'a'.repeat(9_000);
    const heavy = { text: { $not: { $regex: '.{0,100}x' } } };
    expect(matches(heavy, { text: 'aaa' })).to.equal(true);
    expect(matches(heavy, { text })).to.equal(false);
    const light = { text: { $regex: 'a' } };
    const steps = { left: 1_000 };
    expect(matches(light, { text }, { steps })).to.equal(true);
    expect(steps.left).to.be.within(900, 999);
    expect(matches(heavy, { text }, { steps })).to.equal(false);
    expect(matches(light, { text }, { steps })).to.equal(false);
  });

  it('come to an end for many texts and many patterns, too', () => {
    const text = 'a'.repeat(9_000);
    const patterns = [
      'a{4000}b',
      '.{0,100}x',
      `${'a?'.repeat(300)}c`,
      '[a-z0-9._-]{1,64}@[a-z.]{1,255}$',
    ];
    const tags = Array.from({ length: 90 }, () => text);
    for (const $regex of patterns) {
      expect(matches({ tags: { $elemMatch: { $regex } } }, { tags })).to.equal(false);
      const many = Array.from({ length: 100 }, () => ({ text: { $not: { $regex } } }));
      expect(matches({ $and: many }, { text })).to.equal(false);
    }
  });

  it('read numbers, lists and objects as their text, as GrowthBook does', () => {
    expect(matches({ n: { $regex: '^1\\d$' } }, { n: 12 })).to.equal(true);
    expect(matches({ n: { $regex: '^a,b$' } }, { n: ['a', 'b'] })).to.equal(true);
    expect(matches({ n: { $regex: '^\\[object' } }, { n: {} })).to.equal(true);
    expect(matches({ n: { $regex: '' } }, { n: { toString: 1 } })).to.equal(true);
    expect(matches({ n: { $regex: 5 } }, { n: '5' })).to.equal(false);
  });
});
