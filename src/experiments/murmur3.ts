/**
 * murmur3-x86-32 (Austin Appleby, public domain) over the UTF-8 bytes of text, fed bit by bit:
 * no byte array is made, and the state after a prefix can be kept.
 */
export class Murmur3 {
  #h: number;
  /** Bytes that do not fill a word yet, and how many bits they take. */
  #word = 0;
  #bits = 0;
  #length = 0;

  constructor(seed = 0) {
    this.#h = seed;
  }

  /** Goes back to where another hash stands. */
  set(other: Murmur3): this {
    this.#h = other.#h;
    this.#word = other.#word;
    this.#bits = other.#bits;
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
      if (code < 0x800) {
        this.#byte(0xc0 | (code >> 6));
        this.#byte(0x80 | (code & 0x3f));
        continue;
      }
      if (code >= 0xd800 && code < 0xe000) {
        const low = code < 0xdc00 ? text.charCodeAt(i + 1) : NaN;
        if (low >= 0xdc00 && low < 0xe000) {
          i++;
          code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
          this.#byte(0xf0 | (code >> 18));
          this.#byte(0x80 | ((code >> 12) & 0x3f));
          this.#byte(0x80 | ((code >> 6) & 0x3f));
          this.#byte(0x80 | (code & 0x3f));
          continue;
        }
        code = 0xfffd;
      }
      this.#byte(0xe0 | (code >> 12));
      this.#byte(0x80 | ((code >> 6) & 0x3f));
      this.#byte(0x80 | (code & 0x3f));
    }
    return this;
  }

  /** The hash of all bytes so far, 0 ≤ h < 2³². */
  digest(): number {
    let h = this.#bits > 0 ? this.#h ^ scramble(this.#word) : this.#h;
    h ^= this.#length;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }

  #byte(byte: number): void {
    this.#word |= byte << this.#bits;
    this.#bits += 8;
    this.#length++;
    if (this.#bits < 32) return;
    const h = this.#h ^ scramble(this.#word);
    this.#h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
    this.#word = 0;
    this.#bits = 0;
  }
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
