import type { Clock, Random } from './ports.js';

/** Two hex digits for each byte; numbers of known length are put together from it. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** UUIDv7 (RFC 9562): time first, so that keys made one after another sort so; 74 random bits. */
export function uuid(clock: Clock, random: Random): string {
  const now = clock.now();
  const [high, low] = [Math.floor(now / 2 ** 16), now % 2 ** 16];
  const a = Math.floor(random() * 2 ** 12) | 0x7000;
  const b = (Math.floor(random() * 2 ** 30) | 0x80000000) >>> 0;
  const c = Math.floor(random() * 2 ** 32);
  return `${hex4(high >>> 16)}${hex4(high & 0xffff)}-${hex4(low)}-${hex4(a)}-${hex4(b >>> 16)}-${hex4(b & 0xffff)}${hex4(c >>> 16)}${hex4(c & 0xffff)}`;
}

function hex4(n: number): string {
  return HEX[n >>> 8]! + HEX[n & 0xff]!;
}

/**
 * Hybrid logical clock (Kulkarni et al., 2014) as text that sorts: never behind what was seen,
 * even when the device's clock is set back.
 */
export class LogicalClock {
  #time = 0;
  #count = 0;
  /** `#time` as text: many writes share a millisecond. */
  #text = '';

  constructor(private readonly clock: Clock) {}

  next(): string {
    const now = this.clock.now();
    if (now > this.#time) this.#set(now, 0);
    else this.#count++;
    return `${this.#text}-${this.#count.toString(36).padStart(4, '0')}`;
  }

  /** Takes note of a stamp from another tab or an earlier life. */
  see(at: string): void {
    const [time = '', count = ''] = at.split('-');
    const [t, c] = [parseInt(time, 36), parseInt(count, 36)];
    if (t > this.#time || (t === this.#time && c > this.#count)) this.#set(t, c);
  }

  #set(time: number, count: number): void {
    this.#time = time;
    this.#count = count;
    this.#text = time.toString(36).padStart(9, '0');
  }
}
