/** Takes steps out of a plan that goes wrong for as long as it goes wrong in the same way. */
import { runHistory } from './history.js';
import type { Subject } from './load.js';
import type { Plan } from './plan.js';

export async function shrink(subject: Subject, plan: Plan, kind: string): Promise<Plan> {
  const fails = async (smaller: Plan) =>
    (await runHistory(subject, smaller)).violations[0]?.kind === kind;
  let best = plan;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.steps.length;) {
      const steps = [...best.steps.slice(0, at), ...best.steps.slice(at + size)];
      const smaller = { ...best, steps };
      if (await fails(smaller)) best = smaller;
      else at += size;
    }
  }
  return best;
}
