/** Thrown when a statistical function is asked for something that has no meaning. */
export class StatisticsError extends Error {
  override readonly name = 'StatisticsError';
  readonly code = 'invalid-argument';
}

/** Throws unless `value` is a finite number above 0; `what` names it. */
export function requirePositive(value: number | undefined, what: string): asserts value is number {
  requireThat(Number.isFinite(value) && value! > 0, `${what} must be above 0`, value);
}

/** Throws unless `value` is a number, which may be infinite but not NaN. */
export function requireNumber(value: number, what: string): void {
  requireThat(typeof value === 'number' && value === value, `${what} must be a number`, value);
}

/** Throws unless `value` is one of `known`, or undefined. */
export function requireOneOf(known: string, value: string | undefined, what: string): void {
  const holds = value === undefined || known.split(' ').includes(value);
  requireThat(holds, `${what} is one of ${known}`, value);
}

/** Throws unless `value` is a list. */
export function requireList(value: readonly unknown[], what: string): void {
  requireThat(Array.isArray(value), `${what} must be a list`, value);
}

/** Throws unless alpha, the error that is accepted, lies between 0 and 1. */
export function requireAlpha(alpha: number): void {
  requireThat(
    Number.isFinite(alpha) && alpha > 1e-300 && alpha < 1,
    'alpha must be between 0 and 1',
    alpha,
  );
}

/** Throws unless `holds`; `requirement` says what is needed, `actual` what was given. */
export function requireThat(holds: boolean, requirement: string, actual: unknown): asserts holds {
  if (!holds) throw new StatisticsError(`${requirement}; got ${String(actual)}`);
}
