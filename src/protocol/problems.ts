/** The table of all problems. Apart from their form, so that no page downloads what it never says. */
import {
  clientProblems,
  problemOf,
  type Problem,
  type ProblemDetails,
  type ProblemFacts,
} from './problem.js';

/** All problems by code: the server's own, and those that a client makes too. */
export const problems = {
  malformed: [400, 'The request could not be read', false],
  unauthenticated: [401, 'Sign in first', false],
  forbidden: [403, 'Not allowed', false],
  'other-user': [403, 'This belongs to another user', false],
  'method-not-allowed': [405, 'Method not allowed', false],
  'not-acceptable': [406, 'No acceptable representation', false],
  timeout: [408, 'The request took too long to arrive', true],
  'epoch-changed': [409, 'The database was restored; pull first', true],
  gone: [410, 'This version of the API is gone', false],
  'payload-too-large': [413, 'The request is too large', false],
  'unsupported-media-type': [415, 'Unsupported content type', false],
  'expectation-failed': [417, 'Expectation failed', false],
  'id-reused': [422, 'This id was used for something else', false],
  'unknown-collection': [422, 'Unknown collection', false],
  'read-only': [422, 'This collection is read-only', false],
  'rate-limited': [429, 'Too many requests', true],
  'headers-too-large': [431, 'The request headers are too large', false],
  internal: [500, 'The server failed', true],
  ...clientProblems,
} as const satisfies Record<string, ProblemFacts>;

export type ProblemCode = keyof typeof problems;

export function problem(code: ProblemCode, detail?: string, more?: ProblemDetails): Problem {
  return problemOf(code, problems[code], detail, more);
}
