/** Looks for a bug: histories until one goes wrong, so many at most. */
import type { Bug } from './bugs.js';
import { generate } from './generate.js';
import { runHistory } from './history.js';
import { load } from './load.js';

export interface Hunt {
  bug: string;
  /** Histories it took; `null` when all were well. */
  histories: number | null;
  /** What went wrong first. */
  kind: string;
}

export async function hunt({ name, edits }: Bug, seed: number, atMost: number): Promise<Hunt> {
  const [sound, subject] = [await load(), await load(edits)];
  for (let n = 0; n < atMost; n++) {
    const plan = generate(seed + n);
    const [violation] = (await runHistory(subject, plan)).violations;
    // What goes wrong without the bug too says nothing about it.
    if (violation && !(await runHistory(sound, plan)).violations.length)
      return { bug: name, histories: n + 1, kind: violation.kind };
  }
  return { bug: name, histories: null, kind: '' };
}
