/**
 * Looks that have been: what was known of the primary metric when a day was over. They are written
 * once and never changed, so that a chart of planned looks shows what was seen at each, whatever
 * units have done since.
 */
import type { MetricSums, Results } from '../../experiments/model.js';
import type { Arm } from '../../stats/arm.js';
import { schedule } from '../../stats/schedule.js';
import { readSummaries } from '../../stats/summaries.js';
import type { Queryable } from '../database/database.js';
import { readExperiment } from './counted-metrics.js';

type ResultsValue = Omit<Results, 'id'>;

const DAY = 24 * 3_600_000;
/** So many are told, the latest: days before them are told as they are now. */
const TOLD = 120;

/** One variant at a look: its units, and of those that have a value the sums. */
interface Seen {
  units: number;
  arm: Arm;
}

/** Marks the running experiments, whose looks are due when a day is over. */
export async function markLooksDue(database: Queryable): Promise<void> {
  await database.query(
    `insert into stale_results (workspace, experiment)
     select distinct m.workspace, m.experiment
       from counted_metrics m join rows r
         on r.workspace = m.workspace and r.collection = 'experiments' and r.key = m.experiment
      where r.value ->> 'status' = 'running'
      order by 1, 2
     on conflict do nothing`,
  );
}

/** Takes the look of yesterday; the results with it, or null where there was none to take. */
export async function takeLook(
  tx: Queryable,
  workspace: string,
  key: string,
  value: ResultsValue,
  now: Date,
): Promise<ResultsValue | null> {
  const experiment = await readExperiment(tx, workspace, key);
  const day = new Date(now.getTime() - DAY).toISOString().slice(0, 10);
  if (experiment?.status !== 'running' || !value.days[0] || value.days[0] > day) return null;
  // A plan that was over before has had its last look, which is then among those that are told.
  const before = readSummaries(
    value,
    experiment.variants.map((variant) => variant.key),
  );
  const { planned, complete } = schedule(experiment, before, Date.parse(day));
  if (planned && complete) return null;
  const { primary } = experiment.metrics;
  // It may be late: units that came since are none of that day's.
  const days = value.days.filter((told) => told <= day);
  const totals = readSummaries({ ...value, days }, value.variants);
  const arms = totals.arms(primary);
  const seen: [string, Seen][] = value.variants.map((variant, i) => [
    variant,
    { units: totals.unitsByVariant[i]!, arm: arms[i]! },
  ]);
  const taken = await tx.query(
    `insert into result_looks (workspace, experiment, phase, day, seen_at, metric, definition, variants)
     select workspace, experiment, phase, $5::date, $6::timestamptz, metric, definition, $7::jsonb
       from counted_metrics m
      where workspace = $1 and experiment = $2 and phase = $3::int and metric = $4 and whole
        and not exists (select from summaries s where s.workspace = m.workspace
                           and s.experiment = m.experiment and s.phase = m.phase)
     on conflict do nothing returning 1`,
    [
      workspace,
      key,
      value.phase,
      primary,
      day,
      now.toISOString(),
      JSON.stringify(Object.fromEntries(seen)),
    ],
  );
  if (!taken.length) return null;
  const place = { workspace, experiment: key, phase: value.phase };
  const looks = await readLooks(tx, place, value.variants, primary);
  return { ...value, ...(looks && { looks }) };
}

/** The looks at a metric, as it is defined now, of a phase; null before the first. */
export async function readLooks(
  tx: Queryable,
  { workspace, experiment, phase }: { workspace: string; experiment: string; phase: number },
  variants: readonly string[],
  metric: string,
): Promise<NonNullable<Results['looks']> | null> {
  const rows = await tx.query<{ day: string; variants: Record<string, Seen> }>(
    `select l.day::text as day, l.variants
       from result_looks l join counted_metrics m using (workspace, experiment, phase, metric)
      where l.workspace = $1 and l.experiment = $2 and l.phase = $3::int and l.metric = $4
        and l.definition::text = m.definition::text
      order by l.day desc limit ${TOLD}`,
    [workspace, experiment, phase, metric],
  );
  if (!rows.length) return null;
  rows.reverse();
  const matrix = (of: (seen: Seen) => number) =>
    variants.map((variant) =>
      rows.map(({ variants: seen }) => (Object.hasOwn(seen, variant) ? of(seen[variant]!) : 0)),
    );
  const isPartial = rows.some(({ variants: seen }) =>
    Object.values(seen).some(({ units, arm }) => arm.n !== units),
  );
  /** Looks that were taken before it was counted don't tell it. */
  const isCounted = rows.every(({ variants: seen }) =>
    Object.values(seen).every(({ arm }) => arm.n === 0 || arm.converted !== undefined),
  );
  const has = (member: 'covariate' | 'denominator') =>
    rows.some(({ variants: seen }) => Object.values(seen).some(({ arm }) => arm[member]));
  const companion = (member: 'covariate' | 'denominator') => ({
    sum: matrix(({ arm }) => arm.n * (arm[member]?.mean ?? 0)),
    m2: matrix(({ arm }) => arm[member]?.m2 ?? 0),
    cross: matrix(({ arm }) => arm[member]?.cross ?? 0),
  });
  const sums: MetricSums = {
    ...(isPartial && { units: matrix(({ arm }) => arm.n) }),
    ...(isCounted && { converted: matrix(({ arm }) => arm.converted ?? 0) }),
    sum: matrix(({ arm }) => arm.n * arm.mean),
    m2: matrix(({ arm }) => arm.m2),
    ...(has('covariate') && { covariate: companion('covariate') }),
    ...(has('denominator') && {
      denominator: {
        ...companion('denominator'),
        covariateCross: matrix(({ arm }) => arm.denominator?.covariateCross ?? 0),
      },
    }),
  };
  return { metric, days: rows.map(({ day }) => day), units: matrix(({ units }) => units), sums };
}
