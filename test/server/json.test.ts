import { expect } from 'chai';
import fc from 'fast-check';
import { parseJson } from '../../src/server/http/json.js';
import { ProblemError } from '../../src/server/problem-error.js';

const parse = (text: string) => parseJson(Buffer.from(text));

describe('reading JSON', () => {
  it('reads what JSON.parse reads, for all JSON', () => {
    const safe = fc
      .json()
      .filter((text) => !/__proto__|constructor|prototype|\\u0000|\\ud[89a-f]/i.test(text));
    fc.assert(
      fc.property(safe, (text) => {
        expect(parse(text)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  const refused: [string, string][] = [
    ['nothing', ''],
    ['what is cut off', '{"a":[1,2'],
    ['a string without end', '"abc'],
    ['something after the end', '{} {}'],
    ['a trailing comma', '[1,]'],
    ['a comment', '/* */ {}'],
    ['NaN', 'NaN'],
    ['single quotes', "{'a':1}"],
    ['a byte order mark', '\ufeff{}'],
    ['a number beyond a double', '[1e400]'],
    ['a negative one', '{"a":-1e400}'],
    ['__proto__ at any level', '{"a":[{"__proto__":{"admin":true}}]}'],
    ['__proto__ in disguise', '{"\\u005f_proto__":1}'],
    ['constructor', '{"constructor":{"prototype":{}}}'],
    ['prototype', '{"prototype":1}'],
    ['a key twice', '{"a":1,"b":2,"a":3}'],
    ['a key twice, once in disguise', '{"a":1,"\\u0061":3}'],
    ['NUL in a string', '{"a":"x\\u0000y"}'],
    ['NUL in a key', '{"x\\u0000y":1}'],
    ['half a surrogate pair', '["\\ud800"]'],
    ['the other half', '["\\udc00 "]'],
    ['33 levels', '['.repeat(33) + ']'.repeat(33)],
    ['a million levels', '['.repeat(1_000_000)],
    ['a million nested objects', '{"a":'.repeat(200_000)],
  ];
  for (const [what, text] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => parse(text))
        .to.throw(ProblemError)
        .with.nested.property('problem.status', 400);
    });
  }

  it('refuses what is not UTF-8', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xc0, 0xaf, 0x22]))).to.throw(ProblemError);
  });

  it('takes 32 levels, the same key in different objects, whole pairs and escapes', () => {
    expect(parse('['.repeat(32) + ']'.repeat(32))).to.be.an('array');
    expect(parse('[{"a":1},{"a":{"a":"b"}}]')).to.deep.equal([{ a: 1 }, { a: { a: 'b' } }]);
    expect(parse('["\\ud83c\\udf89","\\"\\\\","{[__proto__"]')).to.deep.equal([
      '🎉',
      '"\\',
      '{[__proto__',
    ]);
  });

  it('reads a large body in a moment, whatever is in it', () => {
    const texts = ['"', '{"', '\\', '[', '1', '"\\"', '{"a":"\\u'].map((part) =>
      part.repeat(Math.floor(1_000_000 / part.length)),
    );
    for (const text of texts) {
      try {
        parse(text);
      } catch (error) {
        expect(error).to.be.instanceOf(ProblemError);
      }
    }
  });
});
