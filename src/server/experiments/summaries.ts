/**
 * `PUT /v1/experiments/:key/summaries`: sums that were computed elsewhere, in a warehouse for
 * example. While they are there, the results of that phase are read from them.
 */
import { ID_PATTERN, type JsonObject, limits } from '../../protocol/index.js';
import { markResultsStale } from '../collections/stale-results.js';
import type { Queryable } from '../database/database.js';
import { invalid, ProblemError } from '../problem-error.js';
import { toldBytes } from '../sync/row-bytes.js';
import { type Fault, validator } from '../validate.js';
import { appendAudit } from './audit.js';
import { readExperiment } from './counted-metrics.js';
import type { ResultsValue } from './results.js';

/** What a `PUT` brings: a row of `results` but for the time. */
export type Summaries = Omit<ResultsValue, 'updatedAt' | 'bots' | 'late'>;

/** Cells of a matrix at most: 20 variants over ten years. */
const DAYS = 3_660;

const key = { type: 'string', pattern: ID_PATTERN };
const count = { type: 'integer', minimum: 0, maximum: 1e12 };
const matrix = (item: object) => ({
  type: 'array',
  maxItems: 20,
  items: { type: 'array', maxItems: DAYS, items: item },
});
const amount = { type: 'number', minimum: -1e300, maximum: 1e300 };
const square = { type: 'number', minimum: 0, maximum: 1e300 };

/** Sums of a second value beside the first. */
const companion = { sum: matrix(amount), m2: matrix(square), cross: matrix(amount) };

/** Sums of one metric (`MetricSums`). */
export const sumsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['sum', 'm2'],
  properties: {
    sum: matrix(amount),
    m2: matrix(square),
    units: matrix(count),
    converted: matrix(count),
    cumulative: { type: 'boolean' },
    covariate: {
      type: 'object',
      additionalProperties: false,
      required: Object.keys(companion),
      properties: companion,
    },
    denominator: {
      type: 'object',
      additionalProperties: false,
      required: Object.keys(companion),
      properties: { ...companion, covariateCross: matrix(amount) },
    },
  },
} as const;

export const summariesSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['phase', 'variants', 'days', 'units', 'multiple', 'metrics'],
  properties: {
    phase: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    variants: { type: 'array', minItems: 1, maxItems: 20, uniqueItems: true, items: key },
    days: {
      type: 'array',
      maxItems: DAYS,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' },
    },
    units: matrix(count),
    multiple: count,
    metrics: {
      type: 'object',
      maxProperties: 100,
      propertyNames: key,
      additionalProperties: sumsSchema,
    },
  },
} as const;
const validate = validator(summariesSchema);

/** Stores them; throws a `ProblemError` when they don't fit or there is no such experiment. */
export async function putSummaries(
  tx: Queryable,
  workspace: string,
  experiment: string,
  by: string,
  body: unknown,
): Promise<void> {
  const faults = validate(body);
  if (faults.length) throw invalid(faults);
  const summaries = body as Summaries;
  const misshapen = shapeFaults(summaries);
  if (misshapen.length) throw invalid(misshapen);
  // They are told to everybody as a row of `results`.
  if (toldBytes(body as JsonObject) > limits.bodyBytes) {
    const detail = `They have over ${limits.bodyBytes} bytes, with all digits of their numbers.`;
    throw new ProblemError('payload-too-large', detail);
  }
  if (!(await readExperiment(tx, workspace, experiment))) throw new ProblemError('not-found');
  await tx.query(
    `insert into summaries (workspace, experiment, phase, value, updated_by)
     values ($1, $2, $3::int, $4::jsonb, $5)
     on conflict (workspace, experiment, phase) do update
        set value = excluded.value, updated_by = excluded.updated_by, updated_at = now()`,
    [workspace, experiment, summaries.phase, JSON.stringify(summaries), by],
  );
  await markResultsStale(tx, workspace, [experiment]);
  const after = { phase: summaries.phase, days: summaries.days.length };
  await appendAudit(tx, workspace, { by, action: 'summaries.put', key: experiment, after });
}

/** Goes back to the server's own sums, of every phase; whether there were others. */
export async function deleteSummaries(
  tx: Queryable,
  workspace: string,
  experiment: string,
  by: string,
): Promise<boolean> {
  const deleted = await tx.query(
    'delete from summaries where workspace = $1 and experiment = $2 returning 1',
    [workspace, experiment],
  );
  if (!deleted.length) return false;
  await markResultsStale(tx, workspace, [experiment]);
  await appendAudit(tx, workspace, { by, action: 'summaries.deleted', key: experiment });
  return true;
}

/** Every matrix is [variant][day], and days ascend. */
function shapeFaults({ variants, days, units, metrics }: Summaries): Fault[] {
  const matrices = [
    ['/units', units] as const,
    ...Object.entries(metrics).flatMap(([name, sums]) => matricesOf(`/metrics/${name}`, sums)),
  ];
  const fits = (of: number[][]) =>
    of.length === variants.length && of.every((row) => row.length === days.length);
  const wrong = matrices.find(([, of]) => !fits(of));
  if (wrong) {
    const detail = `has ${variants.length} rows, one for each variant, of ${days.length} days`;
    return [{ pointer: wrong[0], code: 'shape', detail }];
  }
  const ascending = days.every((day, i) => i === 0 || day > days[i - 1]!);
  return ascending ? [] : [{ pointer: '/days', code: 'order', detail: 'must ascend' }];
}

/** All matrices in some sums, however deep, with their places. */
function matricesOf(pointer: string, sums: object): (readonly [string, number[][]])[] {
  return Object.entries(sums).flatMap(([member, of]: [string, unknown]) => {
    const place = `${pointer}/${member}`;
    if (Array.isArray(of)) return [[place, of as number[][]] as const];
    return typeof of === 'object' && of !== null ? matricesOf(place, of) : [];
  });
}
