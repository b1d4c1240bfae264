import type { Clock, Random } from './ports.js';

/** UUIDv7 (RFC 9562): time first, so that keys made one after another sort so; 74 random bits. */
export function uuid(clock: Clock, random: Random): string {
  const time = clock.now().toString(16).padStart(12, '0');
  const word = () => Math.floor(random() * 2 ** 32);
  const a = (word() & 0xfff) | 0x7000;
  const b = ((word() & 0x3fffffff) | 0x80000000) >>> 0;
  const c = word();
  const hex = (n: number, length: number) => n.toString(16).padStart(length, '0');
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-${hex(a, 4)}-` +
    `${hex(b >>> 16, 4)}-${hex(b & 0xffff, 4)}${hex(c, 8)}`
  );
}

/**
 * Hybrid logical clock (Kulkarni et al., 2014) as text that sorts: never behind what was seen,
 * even when the device's clock is set back.
 */
export class LogicalClock {
  #time = 0;
  #count = 0;

  constructor(private readonly clock: Clock) {}

  next(): string {
    const now = this.clock.now();
    if (now > this.#time) [this.#time, this.#count] = [now, 0];
    else this.#count++;
    return `${this.#time.toString(36).padStart(9, '0')}-${this.#count.toString(36).padStart(4, '0')}`;
  }

  /** Takes note of a stamp from the log or another tab. */
  see(at: string): void {
    const [time = '', count = ''] = at.split('-');
    const [t, c] = [parseInt(time, 36), parseInt(count, 36)];
    if (t > this.#time || (t === this.#time && c > this.#count)) [this.#time, this.#count] = [t, c];
  }
}
