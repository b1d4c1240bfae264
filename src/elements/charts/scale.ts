/**
 * Scales of the charts, pure. Positions are percentages, so that a chart is laid out by CSS and
 * nothing is measured when it is resized.
 */

/** Lower and upper end of an axis. */
export type Domain = readonly [number, number];

export interface Axis {
  domain: Domain;
  /** Round values inside the domain, ascending, zero among them where the domain holds it. */
  ticks: number[];
}

/**
 * An axis that holds all finite `values` and zero, widened by a little air, with about `count`
 * ticks at 1, 2, 2.5 or 5 times a power of ten (Heckbert's nice numbers, Graphics Gems 1990).
 */
export function axis(values: readonly (number | null)[], count = 5): Axis {
  let low = 0;
  let high = 0;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // Differences this small are dust of floating point, and have no ticks.
  if (high - low < 1e-9) high = 1;
  const air = (high - low) * 0.06;
  const domain: Domain = [low < 0 ? low - air : low, high > 0 ? high + air : high];
  const step = niceStep((domain[1] - domain[0]) / count);
  const ticks: number[] = [];
  for (let i = Math.ceil(domain[0] / step); i * step <= domain[1]; i++) ticks.push(i * step);
  return { domain, ticks: ticks.map(roundTo(step)) };
}

/** Where a value lies on the axis, from 0 to 100; values beyond the ends are held at the ends. */
export function position(value: number, [low, high]: Domain): number {
  const share = (value - low) / (high - low);
  return round(Math.min(1, Math.max(0, share)) * 100);
}

/** A position as an SVG length. */
export const percent = (value: number): string => `${round(value)}%`;

/** Whether a value lies outside the axis: -1 below, 1 above, 0 inside. */
export function beyond(value: number, [low, high]: Domain): -1 | 0 | 1 {
  return value < low ? -1 : value > high ? 1 : 0;
}

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const digit = raw / power;
  const nice = digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 2.5 ? 2.5 : digit <= 5 ? 5 : 10;
  return nice * power;
}

/** Takes the dust of floating point off a multiple of `step`: 0.30000000000000004 is 0.3. */
function roundTo(step: number): (value: number) => number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)));
  return (value) => Number(value.toFixed(Math.min(100, digits))) + 0;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
