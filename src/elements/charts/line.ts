/** Geometry of a line with its band, in a box of 100 by 100; pure. */
import { position, type Domain } from './scale.js';

export interface Point {
  /** ISO day or whatever the series' x is called. */
  at: string;
  value: number | null;
  interval: readonly [number, number] | null;
}

/** Where point `i` of `count` stands, 0–100; a single one stands in the middle. */
export function along(i: number, count: number): number {
  return count < 2 ? 50 : (i / (count - 1)) * 100;
}

/** From the top: SVG's y grows downwards. */
export function height(value: number, domain: Domain): number {
  return 100 - position(value, domain);
}

/** A path through the values; it breaks where one is missing. */
export function linePath(points: readonly Point[], domain: Domain): string {
  let pen = 'M';
  return points
    .map(({ value }, i) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${xy(along(i, points.length), height(value, domain))}`;
      pen = 'L';
      return step;
    })
    .join('');
}

/** A closed path around each unbroken run of intervals. */
export function bandPath(points: readonly Point[], domain: Domain): string {
  return runs(points)
    .map((run) => {
      const upper = run.map(([i, [, high]]) => xy(along(i, points.length), height(high, domain)));
      const lower = run.map(([i, [low]]) => xy(along(i, points.length), height(low, domain)));
      return `M${[...upper, ...lower.reverse()].join('L')}Z`;
    })
    .join('');
}

function runs(points: readonly Point[]): [number, readonly [number, number]][][] {
  const all: [number, readonly [number, number]][][] = [[]];
  points.forEach(({ interval }, i) => {
    if (interval) all.at(-1)?.push([i, interval]);
    else all.push([]);
  });
  return all.filter((run) => run.length > 0);
}

const xy = (x: number, y: number): string => `${x.toFixed(2)},${y.toFixed(2)}`;
