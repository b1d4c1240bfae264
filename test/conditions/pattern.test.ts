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
      'a'.repeat(1_001),
    ]) {
      expect(found(pattern, 'aab'), pattern.slice(0, 20)).to.equal(false);
    }
    expect(found('((((a{9}){9}){9}){9}){9}', 'a')).to.equal(false);
    expect(found('(){999999999}b', 'ab')).to.equal(true);
    expect(found('a', 'a'.repeat(10_001))).to.equal(false);
  });

  it('read numbers, lists and objects as their text, as GrowthBook does', () => {
    expect(matches({ n: { $regex: '^1\\d$' } }, { n: 12 })).to.equal(true);
    expect(matches({ n: { $regex: '^a,b$' } }, { n: ['a', 'b'] })).to.equal(true);
    expect(matches({ n: { $regex: '^\\[object' } }, { n: {} })).to.equal(true);
    expect(matches({ n: { $regex: '' } }, { n: { toString: 1 } })).to.equal(true);
    expect(matches({ n: { $regex: 5 } }, { n: '5' })).to.equal(false);
  });
});
