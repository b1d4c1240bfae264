import type { ProblemCode } from './problems.js';

/**
 * Problem details (RFC 9457): the one form of every error the server sends.
 * `code` is stable and documented in docs/errors.md; `type` is its address there.
 */
export interface Problem {
  /** `https://bytelyst.dev/problems/<code>`: an identifier, never fetched. */
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  /** One sentence about this occurrence: what was wrong, what to do. */
  detail?: string;
  /** The request's id, to be found in the server's log. */
  instance?: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** Seconds to wait before it may. */
  retryAfter?: number;
  /** Which parts of the input are at fault (JSON Pointer, RFC 6901). */
  errors?: { pointer: string; code: string; detail?: string }[];
}

/** Status, title and whether to try again. */
export type ProblemFacts = readonly [status: number, title: string, retryable: boolean];

/** Those that a client also finds out by itself. The others are only ever the server's. */
export const clientProblems = {
  'not-found': [404, 'Not found', false],
  'already-exists': [409, 'A row with this id exists already', false],
  conflict: [409, 'Somebody else was faster', false],
  invalid: [422, 'The input does not fit', false],
  unavailable: [503, 'The server is busy', true],
} as const satisfies Record<string, ProblemFacts>;

/** A problem that no server has told of. */
export function clientProblem(
  code: keyof typeof clientProblems,
  detail?: string,
  more?: ProblemDetails,
): Problem {
  return problemOf(code, clientProblems[code], detail, more);
}

/** What a problem may say beside its code. */
export type ProblemDetails = Partial<Pick<Problem, 'instance' | 'retryAfter' | 'errors'>>;

export function problemOf(
  code: ProblemCode,
  [status, title, retryable]: ProblemFacts,
  detail?: string,
  more: ProblemDetails = {},
): Problem {
  return {
    type: `https://bytelyst.dev/problems/${code}`,
    title,
    status,
    code,
    retryable,
    ...(detail === undefined ? {} : { detail }),
    ...more,
  };
}
