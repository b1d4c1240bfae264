/** Thrown when a statistical function is asked for something that has no meaning. */
export class StatisticsError extends Error {
  override readonly name = 'StatisticsError';
  readonly code = 'invalid-argument';
}

/** Throws unless `holds`; `requirement` says what is needed, `actual` what was given. */
export function requireThat(holds: boolean, requirement: string, actual: unknown): asserts holds {
  if (!holds) throw new StatisticsError(`${requirement}; got ${String(actual)}`);
}
