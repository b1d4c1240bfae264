/** How many categories and cases a run had, and how long the event loop was held up. */
import { writeFileSync } from 'node:fs';

export const seed = Number(process.env.HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Generated inputs of each kind. */
export const variants = Number(process.env.HOSTILE_VARIANTS ?? 5);

/** `npm run hostile`, which has the time for floods and real delays; CI has not. */
export const thorough = process.env.HOSTILE_THOROUGH === '1';

const cases = new Map<number, number>();
const lags = new Map<number, number>();

export function countCase(category: number, count = 1): void {
  cases.set(category, (cases.get(category) ?? 0) + count);
}

export function countLag(category: number, lag: number): void {
  lags.set(category, Math.max(lag, lags.get(category) ?? 0));
}

/** What a run tells. */
export interface Counts {
  categories: number;
  cases: number;
  seed: number;
  variants: number;
  /** ms that the event loop was held up at most. */
  longestLag: number;
}

/** `npm run hostile -- --write` says where to: docs/reliability.md is made from it. */
const file = process.env.HOSTILE_COUNTS;

after('counts of hostile inputs', () => {
  if (!cases.size) return;
  const all = [...cases.values()].reduce((sum, count) => sum + count, 0);
  const [slowest = 0, lag = 0] = [...lags].sort(([, a], [, b]) => b - a)[0] ?? [];
  console.log(
    `  hostile inputs: ${cases.size} categories, ${all} cases, seed ${seed}; ` +
      `event loop held up for ${Math.round(lag)} ms at most (category ${slowest})`,
  );
  if (!file) return;
  const counts: Counts = {
    categories: cases.size,
    cases: all,
    seed,
    variants,
    longestLag: Math.round(lag),
  };
  writeFileSync(file, `${JSON.stringify(counts, null, 2)}\n`);
});
