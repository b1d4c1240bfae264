import { expect } from 'chai';
import fc from 'fast-check';
import { hash, inNamespace } from '../../src/experiments/index.js';
import { digest, murmur3, update } from '../../src/experiments/murmur3.js';

/** Frozen for ever: a change here moves units of running experiments to other variants. */
const vectors: [version: number, seed: string, unit: string, bucket: number][] = [
  [1, 'exp-1', 'u1', 0.412],
  [1, 'exp-1', '42', 0.676],
  [1, 'exp-1', 'Grüße', 0.677],
  [1, 'exp-1', '日本', 0.513],
  [2, 'exp-1', 'u1', 0.8658],
  [2, 'exp-1', '42', 0.6669],
  [2, 'exp-1', 'Grüße', 0.1783],
  [2, 'exp-1', '日本', 0.9682],
  [3, 'exp-1', 'u1', 0.2228113361634314],
  [3, 'exp-1', '42', 0.1583673758432269],
  [3, 'exp-1', 'Grüße', 0.94575036293827],
  [3, 'exp-1', '日本', 0.7568812656681985],
  [3, 'exp-1', '😀', 0.5979698542505503],
  [3, 'exp-1', '\ud800x', 0.5218051844276488],
];

/** The algorithm as it is published, over bytes. */
function ofBytes(seed: number, bytes: Uint8Array): number {
  const scrambled = (word: number): number => {
    const k = Math.imul(word, 0xcc9e2d51);
    return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  };
  const wordAt = (at: number): number =>
    [0, 1, 2, 3].reduce((word, i) => word | ((bytes[at + i] ?? 0) << (8 * i)), 0);
  const whole = bytes.length & ~3;
  let h = seed;
  for (let at = 0; at < whole; at += 4) {
    h ^= scrambled(wordAt(at));
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  h ^= scrambled(wordAt(whole)) ^ bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

describe('hash', () => {
  it('gives the same buckets for ever', () => {
    for (const [version, seed, unit, bucket] of vectors) {
      expect(hash(seed, unit, version), `version ${version} of ${unit}`).to.equal(bucket);
    }
  });

  it('is murmur3-x86-32 at its core', () => {
    const published: [string, number, number][] = [
      ['', 0, 0],
      ['', 1, 0x514e28b7],
      ['hello', 0, 0x248bfa47],
      ['hello, world', 0, 0x149bbb7f],
      ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ];
    for (const [text, seed, expected] of published) {
      expect(digest(update(murmur3(seed), text))).to.equal(expected);
    }
  });

  it('gives null for a version it does not know', () => {
    expect(hash('s', 'u', 0)).to.equal(null);
    expect(hash('s', 'u', 4)).to.equal(null);
  });

  it('stays within [0, 1) and does not mix seed and unit up', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (seed, unit) => {
        for (const version of [1, 2, 3]) {
          const n = hash(seed, unit, version);
          expect(n).to.be.within(0, 1 - 2 ** -32);
          expect(hash(seed, unit, version)).to.equal(n);
        }
      }),
    );
    expect(hash('ab', 'c', 3)).not.to.equal(hash('a', 'bc', 3));
  });

  it('hashes text as the bytes that UTF-8 gives it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        for (const text of [a, b, a + b]) {
          const bytes = new TextEncoder().encode(text);
          expect(digest(update(murmur3(9), text))).to.equal(ofBytes(9, bytes));
        }
      }),
    );
  });

  it('goes on where a prefix has led to', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        let state = murmur3(9);
        for (const part of text) state = update(state, part);
        expect(state).to.deep.equal(update(murmur3(9), text));
      }),
    );
  });

  it('spreads units evenly, and independently of other experiments', () => {
    const counts = [0, 0, 0, 0];
    const n = 40_000;
    for (let i = 0; i < n; i++) {
      const [a, b] = [hash('exp-1', `u${i}`, 3) ?? 0, hash('exp-2', `u${i}`, 3) ?? 0];
      const cell = (a < 0.5 ? 0 : 2) + (b < 0.5 ? 0 : 1);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - n / 4) ** 2 / (n / 4), 0);
    expect(chiSquare).to.be.below(16.3); // χ²(3) at 0.001
  });

  it('puts units into namespaces as GrowthBook does', () => {
    expect(inNamespace('u1', ['pricing', 0, 1])).to.equal(true);
    const n = hash('__pricing', 'u1', 1) ?? NaN;
    expect(inNamespace('u1', ['pricing', n, n + 0.001])).to.equal(true);
    expect(inNamespace('u1', ['pricing', n + 0.001, 1])).to.equal(false);
  });
});
