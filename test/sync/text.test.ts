import { expect } from 'chai';
import fc from 'fast-check';
import { mergeText } from '../../src/sync/index.js';

describe('mergeText', () => {
  const cases: [what: string, base: string, local: string, remote: string, merged: string][] = [
    ['changes at two places', 'a b c d e', 'a x c d e', 'a b c y e', 'a x c y e'],
    ['lines added at both ends', 'b\n', 'b\nc\n', 'a\nb\n', 'a\nb\nc\n'],
    ['both added at the end, the server first', 'Buy', 'Buy milk', 'Buy bread', 'Buy bread milk'],
    ['both replaced one word', 'my colour is', 'my hue is', 'my color is', 'my color hue is'],
    ['one deleted what the other kept', 'a b c', 'a c', 'a b c d', 'a c d'],
    ['both deleted, not the same', 'a b c d', 'a d', 'a b', 'a'],
    ['both made the same change', 'a b', 'a c', 'a c', 'a c'],
    ['scripts without blanks', '本日は晴天', '本日は雨天', '明日は晴天', '明日は雨天'],
    ['words with marks', 'l’été', 'l’été passé', 'À l’été', 'À l’été passé'],
    ['two texts without a base', '', 'mine', 'theirs', 'theirs mine'],
    ['words that would become one', 'a\n', 'a\nb', 'a', 'a b'],
  ];
  for (const [what, base, local, remote, merged] of cases)
    it(`merges ${what}`, () => expect(mergeText(base, local, remote)).to.equal(merged));

  it('leaves to the strategy what is no text', () => {
    expect(mergeText('a', 'b', null)).to.equal(undefined);
    expect(mergeText('a', 1, 'c')).to.equal(undefined);
    expect(mergeText(undefined, 'b', 'b')).to.equal('b');
  });

  /** Few words, so that sides meet often; marked, so that it shows where each came from. */
  const text = (mark: string) =>
    fc
      .array(fc.constantFrom('a', 'b', 'c', '\n', mark), { maxLength: 12 })
      .map((words) => words.join(' '));
  const count = (all: string, word: string) => all.split(/\s+/).filter((w) => w === word).length;

  it('loses no insertion of either side and makes none up, for all texts', () => {
    fc.assert(
      fc.property(text('base'), text('mine'), text('theirs'), (base, local, remote) => {
        const merged = mergeText(base, local, remote)!;
        expect(count(merged, 'mine')).to.equal(count(local, 'mine'));
        expect(count(merged, 'theirs')).to.equal(count(remote, 'theirs'));
        expect(count(merged, 'base')).to.equal(0);
      }),
    );
  });

  it('is the other side where one changed nothing, and either where both are equal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        (base, other) => {
          expect(mergeText(base, base, other)).to.equal(other);
          expect(mergeText(base, other, base)).to.equal(other);
          expect(mergeText(base, other, other)).to.equal(other);
        },
      ),
    );
  });

  it('never splits a character in two', () => {
    fc.assert(
      fc.property(...three(fc.string({ unit: 'binary' })), (base, local, remote) => {
        expect(/\p{Surrogate}/u.test(mergeText(base, local, remote)!)).to.equal(false);
      }),
    );
  });

  it('takes a large text that was rewritten as a whole without stopping the page', () => {
    const words = Array.from({ length: 10_000 }, (_, i) => `w${i}`);
    const base = words.join(' ');
    const local = words.toReversed().join(' ');
    const merged = mergeText(base, local, base.replace('w5 ', 'five '))!;
    expect(count(merged, 'five')).to.equal(1);
    expect(count(merged, 'w9999')).to.equal(1);
  });
});

function three<T>(one: T): [T, T, T] {
  return [one, one, one];
}
