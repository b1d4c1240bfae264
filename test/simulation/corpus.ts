/**
 * Histories that once went wrong, kept for ever. A file holds the plan itself, step by step, not
 * only its seed: what a seed generates changes with the generator, a plan stays what it is.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plan } from './plan.js';

export interface Kept {
  name: string;
  /** What went wrong, and where it was. */
  why: string;
  /** The commit that it went wrong at. */
  commit: string;
  plan: Plan;
}

const FOLDER = fileURLToPath(new URL('./corpus/', import.meta.url));

export function readCorpus(): Kept[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      ...(JSON.parse(readFileSync(FOLDER + file, 'utf8')) as Omit<Kept, 'name'>),
      name: file.replace('.json', ''),
    }));
}

/** Answers the file's name. */
export function keep({ name, ...rest }: Kept): string {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}${name}.json`, `${JSON.stringify(rest, null, 2)}\n`);
  return `test/simulation/corpus/${name}.json`;
}
