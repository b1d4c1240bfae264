import type { Clock, Random } from './ports.js';

const DIGITS = characters('0123456789abcdef');
/** The id in the making: one text at the end costs less than a dozen put together. */
const id = characters('00000000-0000-7000-8000-000000000000');

/** UUIDv7 (RFC 9562): time first, so that keys made one after another sort so; 74 random bits. */
export function uuid(clock: Clock, random: Random): string {
  const now = clock.now();
  put(0, 8, now / 2 ** 16);
  put(9, 4, now % 2 ** 16);
  put(15, 3, random() * 2 ** 12);
  const bits = random() * 2 ** 30;
  put(19, 4, 0x8000 | (bits / 2 ** 16));
  put(24, 4, bits % 2 ** 16);
  put(28, 8, random() * 2 ** 32);
  return String.fromCharCode.apply(null, id);
}

function put(at: number, digits: number, value: number): void {
  let rest = value >>> 0;
  for (let i = at + digits; i-- > at; rest >>>= 4) id[i] = DIGITS[rest & 15]!;
}

function characters(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
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

  /** Takes note of a stamp from another tab or an earlier run. */
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
