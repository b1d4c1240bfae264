/** An error that is meant for the client: it carries the problem to answer with. */
import { problem, type Problem, type ProblemCode } from '../protocol/index.js';
import type { Fault } from './validate.js';

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(
    code: ProblemCode,
    detail?: string,
    more: Parameters<typeof problem>[2] & { cause?: unknown } = {},
  ) {
    const { cause, ...rest } = more;
    super(detail ?? code, { cause });
    this.problem = problem(code, detail, rest);
  }
}

/** Input that was read and understood, but does not fit. */
export function invalid(errors: Fault[]): ProblemError {
  const { pointer, detail } = errors[0] ?? { pointer: '' };
  return new ProblemError('invalid', `${pointer || 'The input'}: ${detail ?? 'does not fit'}.`, {
    errors,
  });
}

/** A request that as a whole does not fit; one whose list is too long is too large. */
export function unfitRequest(errors: Fault[]): ProblemError {
  const [fault] = errors;
  if (fault?.code !== 'maxItems') return invalid(errors);
  const detail = `${fault.pointer}: ${fault.detail ?? 'has too many items'}. Send several requests.`;
  return new ProblemError('payload-too-large', detail, { errors });
}
