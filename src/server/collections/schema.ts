/** The app's schemas as validators: rows are judged, never changed. */
import {
  isObject,
  issuePath,
  type SchemaIssue,
  type StandardSchemaV1,
} from '../../protocol/index.js';
import { type Fault, type Validator, validator } from '../validate.js';

export function isStandardSchema(schema: unknown): schema is StandardSchemaV1 {
  if (typeof schema !== 'function' && !isObject(schema)) return false;
  const standard = (schema as Partial<StandardSchemaV1>)['~standard'];
  return standard?.version === 1 && typeof standard.validate === 'function';
}

/** Throws when a JSON Schema is none. */
export function rowValidator(schema: StandardSchemaV1 | object): Validator {
  if (!isStandardSchema(schema)) return validator(schema);
  const { validate } = schema['~standard'];
  return (value, key) => {
    // A copy, because some validators transform what they are given in place.
    const row = { ...structuredClone(value as object), ...(key !== undefined && { id: key }) };
    try {
      const result = validate(row);
      if (result instanceof Promise) {
        result.catch(() => {});
        return failed('answers with a promise; it must answer at once');
      }
      return result.issues ? result.issues.slice(0, 1).map(asFault) : unknown(value, result.value);
    } catch {
      return failed('failed on this row');
    }
  };
}

function failed(what: string): Fault[] {
  return [{ pointer: '', code: 'schema', detail: `the schema ${what}` }];
}

function asFault(issue: SchemaIssue): Fault {
  return {
    pointer: issuePath(issue).map(pointer).join(''),
    code: 'invalid',
    detail: issue.message.slice(0, 200),
  };
}

/** Members that the schema dropped, which is how most of them say that they don't know one. */
function unknown(given: unknown, kept: unknown, at = ''): Fault[] {
  if (Array.isArray(given) && Array.isArray(kept)) {
    return given.flatMap((item, i) => unknown(item, kept[i], `${at}/${i}`)).slice(0, 1);
  }
  if (!isObject(given) || !isObject(kept)) return [];
  return Object.entries(given)
    .flatMap(([name, value]): Fault[] =>
      Object.hasOwn(kept, name)
        ? unknown(value, kept[name], at + pointer(name))
        : [{ pointer: at + pointer(name), code: 'unknown-member', detail: 'is not in the schema' }],
    )
    .slice(0, 1);
}

function pointer(name: string): string {
  return `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
