/**
 * Against V8's matcher: in Node only, for WebKit's is no oracle. It misses `aaaa` with
 * `(?:(?:(?:a)+){2,}){2,}`, and takes a `^` inside a look-ahead for an anchor of the whole pattern.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { matches } from '../../src/conditions/index.js';

describe('regular expressions in conditions', () => {
  it('answer as the engine does for any pattern made of the usual parts', () => {
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { depthSize: 'small', maxDepth: 3 },
        fc.constantFrom('a', 'b', '.', '[ab]', '[^b]', '\\w', '^', '$', '\\b', ''),
        fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
        fc.tuple(tie('pattern'), tie('pattern')).map(([l, r]) => `(${l}|${r})`),
        fc
          .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}'))
          .map(([inner, quantifier]) => `(?:${inner})${quantifier}`),
        tie('pattern').map((inner) => `(?=${inner})`),
        tie('pattern').map((inner) => `(?!${inner})`),
      ),
    }));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'A'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(matches({ t: { $regex: p } }, { t })).to.equal(new RegExp(p).test(t));
        expect(matches({ t: { $regexi: p } }, { t })).to.equal(new RegExp(p, 'i').test(t));
      }),
      { numRuns: 1_000 },
    );
  });
});
