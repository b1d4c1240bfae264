import type { Analysis, AnalysisInput, HealthCheck, MetricAnalysis } from './analysis.js';
import type { PlanPower } from './plan-power.js';
import type { Schedule } from './schedule.js';
import type { SampleRatio } from './srm.js';
import { thresholds } from './sufficiency.js';
import type { Totals } from './summaries.js';

interface Checked {
  input: AnalysisInput;
  totals: Totals;
  schedule: Schedule;
  srm: SampleRatio | null;
  metrics: MetricAnalysis[];
  powers: PlanPower;
}

/** The health strip: whether the numbers can be trusted, whatever they say. */
export function healthChecks(checked: Checked): Analysis['health'] {
  return [
    balance(checked),
    exposures(checked),
    multiple(checked),
    guardrails(checked),
    duration(checked),
    power(checked),
  ];
}

/** Value: χ²'s p-value. */
function balance({ srm }: Checked): HealthCheck {
  const status =
    srm === null
      ? 'unknown'
      : srm.mismatch
        ? 'bad'
        : srm.pValue < 0.01 || srm.leaked > 0
          ? 'warn'
          : 'ok';
  return { id: 'balance', status, value: srm?.pValue ?? null };
}

/** Value: units over all variants. */
function exposures({ input, totals, schedule }: Checked): HealthCheck {
  const id = 'exposures';
  if (input.status === 'draft') return { id, status: 'unknown', value: null };
  if (totals.units === 0) {
    return { id, status: schedule.daysRunning >= 1 ? 'bad' : 'unknown', value: 0 };
  }
  const few = totals.unitsByVariant.some((units) => units < thresholds.units);
  return { id, status: few ? 'warn' : 'ok', value: totals.units };
}

/** Value: share of units that met more than one variant. */
function multiple({ totals }: Checked): HealthCheck {
  const id = 'multiple';
  if (totals.units === 0) return { id, status: 'unknown', value: null };
  const share = totals.multiple / totals.units;
  const { multipleBlock, multipleWarning } = thresholds;
  return {
    id,
    status: share >= multipleBlock ? 'bad' : share >= multipleWarning ? 'warn' : 'ok',
    value: share,
  };
}

/** Value: guardrail comparisons that are breached. */
function guardrails({ metrics }: Checked): HealthCheck {
  const id = 'guardrails';
  const verdicts = metrics
    .filter(({ role }) => role === 'guardrail')
    .flatMap(({ comparisons }) => comparisons.map(({ verdict }) => verdict));
  if (verdicts.every((verdict) => verdict === 'not-computable')) {
    return { id, status: 'unknown', value: null };
  }
  const breached = verdicts.filter((verdict) => verdict === 'breached').length;
  const held = verdicts.every((verdict) => verdict === 'within-margin');
  return { id, status: breached > 0 ? 'bad' : held ? 'ok' : 'warn', value: breached };
}

/** Value: whole days. */
function duration({ input, schedule: { daysRunning } }: Checked): HealthCheck {
  const id = 'duration';
  if (input.status === 'draft') return { id, status: 'unknown', value: null };
  return { id, status: daysRunning < thresholds.earlyDays ? 'warn' : 'ok', value: daysRunning };
}

/** Value: power with the units so far; a warning when the planned end will not reach the plan's. */
function power({ input, powers: { power: now, plannedPower } }: Checked): HealthCheck {
  const id = 'power';
  if (now === null) return { id, status: 'unknown', value: null };
  const best = Math.max(now, plannedPower ?? 0);
  return { id, status: best >= input.plan.power ? 'ok' : 'warn', value: now };
}
