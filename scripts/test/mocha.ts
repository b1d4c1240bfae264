/** Runs test files in Node with mocha and counts what it reports. */
import Mocha from 'mocha';
import type { Tally } from './tally.js';

/** A focused or a pending test is a failure: it would hide others, or itself. */
export async function runMocha(
  files: readonly string[],
  { timeout }: { timeout: number },
): Promise<Tally> {
  if (files.length === 0) return { passed: 0, failures: ['no test files found'] };
  const mocha = new Mocha({ timeout, forbidOnly: true, forbidPending: true, reporter: 'spec' });
  for (const file of files) mocha.addFile(file);
  await mocha.loadFilesAsync();

  const total: Tally = { passed: 0, failures: [] };
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', () => (total.passed += 1))
      .on('fail', (test: Mocha.Runnable, error: Error) => {
        total.failures.push(`${test.fullTitle()}: ${error.message}`);
      });
  });
  return total;
}
