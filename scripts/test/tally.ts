/**
 * How every step of `npm test` ends, so that the gate can add them up: each failure on a line of
 * its own behind `✗`, then `N passed, N failed`, then an exit code that agrees.
 */
export interface Tally {
  passed: number;
  /** One line each: what failed, and where. */
  failures: string[];
}

export const FAILURE_MARK = '✗ ';

/** Prints the tally and ends the process, also when something still holds it open. */
export function finish({ passed, failures }: Tally): never {
  for (const failure of failures) console.log(FAILURE_MARK + oneLine(failure));
  console.log(summary(passed, failures.length));
  process.exit(failures.length === 0 ? 0 : 1);
}

export function summary(passed: number, failed: number): string {
  return `${passed} passed, ${failed} failed`;
}

/** The inverse of `summary`; `undefined` where the line is not one. */
export function parseSummary(line: string): { passed: number; failed: number } | undefined {
  const match = /^(\d+) passed, (\d+) failed$/.exec(line.trim());
  return match === null ? undefined : { passed: Number(match[1]), failed: Number(match[2]) };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}
