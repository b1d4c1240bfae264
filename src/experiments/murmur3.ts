/**
 * murmur3-x86-32 (Austin Appleby, public domain) over the UTF-8 bytes of text, fed bit by bit:
 * no byte array is made, and the state after a prefix can be kept.
 */
export class Murmur3 {
  #h: number;
  /** Bytes that do not fill a word yet. */
  #word = 0;
  #length = 0;

  constructor(seed = 0) {
    this.#h = seed;
  }

  /** Goes back to where another hash stands. */
  set(other: Murmur3): this {
    this.#h = other.#h;
    this.#word = other.#word;
    this.#length = other.#length;
    return this;
  }

  /** Adds a text's UTF-8 bytes; half a surrogate pair is U+FFFD, as in `TextEncoder`. */
  update(text: string): this {
    for (let i = 0; i < text.length; i++) {
      let code = text.charCodeAt(i);
      if (code < 0x80) {
        this.#byte(code);
        continue;
      }
      if (code >> 11 === 0x1b) {
        code = text.codePointAt(i)!;
        if (code > 0xffff) i++;
        else code = 0xfffd;
      }
      let bits = code < 0x800 ? 6 : code < 0x10000 ? 12 : 18;
      // 110…, 1110… or 11110…, by the number of bytes that follow.
      this.#byte(((0x7f80 >> (bits / 6)) & 0xff) | (code >> bits));
      while ((bits -= 6) >= 0) this.#byte(0x80 | ((code >> bits) & 0x3f));
    }
    return this;
  }

  /** The hash of all bytes so far, 0 ≤ h < 2³². */
  digest(): number {
    let h = this.#h ^ scramble(this.#word) ^ this.#length;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }

  #byte(byte: number): void {
    this.#word |= byte << ((this.#length & 3) * 8);
    if (++this.#length & 3) return;
    const h = this.#h ^ scramble(this.#word);
    this.#h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
    this.#word = 0;
  }
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
