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
