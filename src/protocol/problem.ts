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

/** Status, title and whether to try again, by code. */
export const problems = {
  malformed: [400, 'The request could not be read', false],
  unauthenticated: [401, 'Sign in first', false],
  forbidden: [403, 'Not allowed', false],
  'other-user': [403, 'This belongs to another user', false],
  'not-found': [404, 'Not found', false],
  'method-not-allowed': [405, 'Method not allowed', false],
  'not-acceptable': [406, 'No acceptable representation', false],
  timeout: [408, 'The request took too long to arrive', true],
  'already-exists': [409, 'A row with this id exists already', false],
  conflict: [409, 'Somebody else was faster', false],
  'epoch-changed': [409, 'The database was restored; pull first', true],
  'payload-too-large': [413, 'The request is too large', false],
  'unsupported-media-type': [415, 'Unsupported content type', false],
  'expectation-failed': [417, 'Expectation failed', false],
  invalid: [422, 'The input does not fit', false],
  'id-reused': [422, 'This id was used for something else', false],
  'unknown-collection': [422, 'Unknown collection', false],
  'read-only': [422, 'This collection is read-only', false],
  'rate-limited': [429, 'Too many requests', true],
  'headers-too-large': [431, 'The request headers are too large', false],
  internal: [500, 'The server failed', true],
  unavailable: [503, 'The server is busy', true],
} as const satisfies Record<string, readonly [number, string, boolean]>;

export type ProblemCode = keyof typeof problems;

export function problem(
  code: ProblemCode,
  detail?: string,
  more: Partial<Pick<Problem, 'instance' | 'retryAfter' | 'errors'>> = {},
): Problem {
  const [status, title, retryable] = problems[code];
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
