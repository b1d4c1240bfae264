/** What `analyze` is given, checked: it comes from databases and from callers without types. */
import type { AnalysisInput, MetricInput, Summaries } from './analysis.js';
import { requireAlpha, requireList, requireOneOf, requireThat } from './error.js';

/** Throws a `StatisticsError` unless shapes and words are those that `analyze` reads. */
export function checkInput(
  input: AnalysisInput,
  summaries: Summaries | undefined,
  metrics: readonly MetricInput[],
  now: number,
): void {
  const { variants, metrics: roles, plan } = input ?? {};
  requireList(variants, 'Variants');
  requireThat(typeof roles?.primary === 'string', 'An experiment has a primary metric', roles);
  requireList(roles.secondary, 'Secondary metrics');
  requireList(roles.guardrails, 'Guardrails');
  requireAlpha(plan?.alpha);
  requireThat(typeof plan.method === 'string', 'A plan has a method', plan.method);
  requireOneOf('fixed sequential group-sequential', plan.method, 'A plan’s method');
  requireList(metrics, 'Metrics');
  requireThat(Number.isFinite(now), 'The time must be a number of ms', now);
  if (summaries === undefined) return;
  const { variants: rows, days, units, multiple } = summaries;
  requireList(rows, 'The summaries’ variants');
  requireList(days, 'The summaries’ days');
  requireList(units, 'The summaries’ units');
  const counted = Number.isFinite(multiple) && multiple >= 0;
  requireThat(counted, 'Units that met several variants are counted', multiple);
}
