/** Many histories, and what they add up to. */
import { generate } from './generate.js';
import { runHistory, type HistoryOptions, type Outcome } from './history.js';
import type { Subject } from './load.js';
import type { Plan } from './plan.js';

export interface Failure {
  seed: number;
  kind: string;
  detail: string;
}

/** Sums that add up, whoever ran which histories. */
export interface Totals {
  histories: number;
  /** Run twice, to see the same trace. */
  repeated: number;
  acknowledged: number;
  requests: number;
  events: number;
  /** Virtual ms. */
  time: number;
  faults: Record<string, number>;
  failures: Failure[];
}

export function nothing(): Totals {
  return {
    histories: 0,
    repeated: 0,
    acknowledged: 0,
    requests: 0,
    events: 0,
    time: 0,
    faults: {},
    failures: [],
  };
}

export function addTotals(total: Totals, more: Totals): void {
  total.histories += more.histories;
  total.repeated += more.repeated;
  total.acknowledged += more.acknowledged;
  total.requests += more.requests;
  total.events += more.events;
  total.time += more.time;
  for (const [fault, count] of Object.entries(more.faults))
    total.faults[fault] = (total.faults[fault] ?? 0) + count;
  total.failures.push(...more.failures);
}

/** Runs seeds `from` to `from + count`; every tenth twice, which must leave the same trace. */
export async function runSeeds(
  subject: Subject,
  from: number,
  count: number,
  optionsFor: (plan: Plan) => HistoryOptions | Promise<HistoryOptions> = () => ({}),
  generated: (seed: number) => Plan = generate,
  { compare = true } = {},
): Promise<Totals> {
  const total = nothing();
  for (let seed = from; seed < from + count; seed++) {
    const plan = generated(seed);
    const outcome = await runHistory(subject, plan, await optionsFor(plan));
    addTotals(total, totalsOf(seed, outcome));
    if (!compare || seed % 10 || outcome.violations.length) continue;
    total.repeated++;
    const again = await runHistory(subject, plan, await optionsFor(plan));
    if (again.trace !== outcome.trace)
      total.failures.push({ seed, kind: 'trace', detail: `${outcome.trace}, then ${again.trace}` });
  }
  return total;
}

function totalsOf(seed: number, outcome: Outcome): Totals {
  const [violation] = outcome.violations;
  return {
    histories: 1,
    repeated: 0,
    acknowledged: outcome.acknowledged,
    requests: outcome.requests,
    events: outcome.steps,
    time: outcome.time,
    faults: Object.fromEntries(outcome.faults),
    failures: violation ? [{ seed, kind: violation.kind, detail: violation.detail }] : [],
  };
}
