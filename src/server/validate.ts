/** JSON Schema, run by ajv, told as the problem's `errors`. Nothing is coerced, filled in or dropped. */
import { Ajv, type ErrorObject } from 'ajv';
import type { Problem } from '../protocol/index.js';

/** Which part of the input is at fault: a JSON Pointer and a stable code. */
export type Fault = NonNullable<Problem['errors']>[number];

/** Checks a value (of a row, by its key); an empty array when it fits. */
export type Validator = (value: unknown, key?: string) => Fault[];

const ajv = new Ajv({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: false,
  discriminator: true,
  messages: true,
});

/** A moment in UTC that the calendar has, to the second or finer: `2026-11-22T16:00:00.5Z`. */
const UTC_TIME = /^(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d{1,9})?Z$/;
ajv.addFormat('utc-time', {
  validate(text: string) {
    const [, seconds] = UTC_TIME.exec(text) ?? [];
    const time = Date.parse(`${seconds}Z`);
    // What the calendar does not have is read as a later day.
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(`${seconds}`);
  },
});

export function validator(schema: object): Validator {
  const check = ajv.compile(schema);
  return (value) => (check(value) ? [] : (check.errors ?? []).slice(0, 1).map(asFault));
}

function asFault({ instancePath, keyword, params, message }: ErrorObject): Fault {
  const { additionalProperty, missingProperty } = params as Record<string, string | undefined>;
  const member = additionalProperty ?? missingProperty;
  return {
    pointer: member === undefined ? instancePath : `${instancePath}/${escapePointer(member)}`,
    code: CODES[keyword] ?? keyword,
    ...(message ? { detail: message.slice(0, 200) } : {}),
  };
}

/** ajv's keywords, where the field's own word says more. */
const CODES: Readonly<Record<string, string>> = {
  additionalProperties: 'unknown-member',
  required: 'missing',
};

/** RFC 6901, with a bound: names come from outside. */
function escapePointer(name: string): string {
  return name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
}
