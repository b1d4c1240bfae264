/**
 * murmur3-x86-32 (Austin Appleby, public domain) over the UTF-8 bytes of text, fed bit by bit:
 * no byte array is made, and where a prefix has led to can be kept.
 */
export interface Murmur3 {
  readonly h: number;
  /** Bytes that do not fill a word yet. */
  readonly word: number;
  /** Bytes so far. */
  readonly length: number;
}

/** Before the first byte. */
export function murmur3(seed = 0): Murmur3 {
  return { h: seed, word: 0, length: 0 };
}

/** Adds a text's UTF-8 bytes; half a surrogate pair is U+FFFD, as in `TextEncoder`. */
export function update({ h, word, length }: Murmur3, text: string): Murmur3 {
  for (let i = 0; i < text.length; i++) {
    let bytes = text.charCodeAt(i);
    if (bytes >= 0x80) bytes = utf8(text.codePointAt(i)!);
    // Two code units have become four bytes, whose first is the lowest.
    if (bytes >>> 24) i++;
    do {
      word |= (bytes & 0xff) << ((length & 3) * 8);
      if ((++length & 3) === 0) {
        h ^= scramble(word);
        h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
        word = 0;
      }
    } while ((bytes >>>= 8));
  }
  return { h, word, length };
}

/** The bytes of a character from U+0080 on, the first in the lowest place. */
function utf8(code: number): number {
  let rest = code >> 11 === 0x1b ? 0xfffd : code;
  let bytes = 0;
  // What fits beside the first byte's ones: a bit less for every byte that follows.
  let fits = 0x3f;
  for (; rest > fits; fits >>= 1) {
    bytes = (bytes << 8) | 0x80 | (rest & 0x3f);
    rest >>= 6;
  }
  return (bytes << 8) | ((~fits << 1) & 0xff) | rest;
}

/** The hash of all bytes so far, 0 ≤ h < 2³². */
export function digest(state: Murmur3): number {
  let h = state.h ^ scramble(state.word) ^ state.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
