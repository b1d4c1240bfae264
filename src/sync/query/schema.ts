/**
 * Validation by whichever library the app likes: zod, valibot, arktype and others speak Standard
 * Schema (https://standardschema.dev). What a user writes is checked before it is stored; what the
 * server sends is not, because refusing it here would lose it.
 */
import { clientProblem } from '../../protocol/index.js';
import type { JsonObject } from '../../protocol/index.js';
import { copyRow } from '../copy.js';
import { invalid, SyncError } from '../errors.js';
import { without } from '../log/record.js';
import type { Row } from '../types.js';

/** The part of Standard Schema, version 1, that validates and carries types. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Only for the types: never there. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

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
    (issue) => !before.has(describe(issue)) || touched.includes(names(issue)[0] ?? ''),
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
    pointer: names(issue)
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
  const path = names(issue).join('.');
  return path ? `${path}: ${issue.message}` : issue.message;
}

function names({ path = [] }: SchemaIssue): string[] {
  return path.map((part) => String(typeof part === 'object' ? part.key : part));
}
