/**
 * Validation by the app's Standard Schema. What a user writes is checked before it is stored; what
 * the server sends is not, because refusing it here would lose it.
 */
import {
  clientProblem,
  issuePath,
  type JsonObject,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchemaV1,
} from '../protocol/index.js';
import { copyRow } from './copy.js';
import { invalid, SyncError } from './errors.js';
import { without } from './log/record.js';
import type { Row } from './types.js';

export type { SchemaIssue, SchemaResult, StandardSchemaV1 } from '../protocol/index.js';

/** The row that a new one becomes: defaults filled in, transformed, unknown members stripped. */
export function createdBySchema(schema: StandardSchemaV1, row: object): object {
  const result = judge(schema, row);
  if (result.issues) throw refusal(result.issues);
  return result.value as object;
}

/**
 * Throws if a patch makes the row invalid. What was wrong with the row before and is not touched by
 * the patch doesn't count: a row from an older app or from the server can still be edited. Answers
 * the defaults of what is removed.
 */
export function checkPatch(
  schema: StandardSchemaV1,
  row: Row,
  patch: JsonObject,
  removed: readonly string[],
): JsonObject {
  // Copies, because some validators transform what they are given in place.
  const result = judge(schema, copyRow({ ...without(row, removed), ...patch }));
  if (!result.issues) return removed.length ? defaults(result.value as object, removed) : {};
  const { issues } = result;
  const touched = [...Object.keys(patch), ...removed];
  const before = new Set(judge(schema, copyRow(row)).issues?.map(describe));
  const caused = issues.filter(
    (issue) => !before.has(describe(issue)) || touched.includes(issuePath(issue)[0] ?? ''),
  );
  if (caused.length) throw refusal(caused);
  return {};
}

function defaults(made: object, removed: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(copyRow(made)).filter(([name]) => removed.includes(name)),
  );
}

function judge(schema: StandardSchemaV1, row: object): SchemaResult<unknown> {
  let result;
  try {
    result = schema['~standard'].validate(row);
  } catch (cause) {
    throw new SyncError('invalid', 'The schema failed on this row.', { cause });
  }
  if (!(result instanceof Promise)) return result;
  result.catch(() => {});
  throw invalid('The schema answers with a promise; it must answer at once.');
}

function refusal(issues: readonly SchemaIssue[]): SyncError {
  const errors = issues.map((issue) => ({
    pointer: issuePath(issue)
      .map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join(''),
    code: 'invalid',
    detail: issue.message,
  }));
  const detail = issues.map(describe).join('; ');
  return new SyncError('invalid', detail, {
    problem: clientProblem('invalid', detail, { errors }),
  });
}

function describe(issue: SchemaIssue): string {
  const path = issuePath(issue).join('.');
  return path ? `${path}: ${issue.message}` : issue.message;
}
