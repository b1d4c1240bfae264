/**
 * Browser tests: `npm run test:browser -- [--browser chromium]… [--watch] [file or glob]…`.
 * Without arguments everything that runs in browsers, in all three.
 */
import { parseArgs } from 'node:util';
import { startTestRunner } from '@web/test-runner';
import type { TestSession, TestSuiteResult } from '@web/test-runner-core';
import { finish, type Tally } from './tally.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    browser: { type: 'string', multiple: true },
    watch: { type: 'boolean', default: false },
  },
});

// The configuration file reads it, so that plain `npx wtr` can be narrowed in the same way.
if (values.browser !== undefined) process.env['BROWSERS'] = values.browser.join(',');

const runner = await startTestRunner({
  autoExitProcess: false,
  argv: [
    ...(positionals.length > 0 ? ['--files', ...positionals] : []),
    ...(values.watch ? ['--watch'] : ['--static-logging']),
  ],
});

if (runner !== undefined && !values.watch) {
  runner.on('finished', () => {
    void runner.stop().then(() => finish(tally([...runner.sessions.all()])));
  });
}

/** A session is one file in one browser; a file that could not run counts as one failure. */
function tally(sessions: readonly TestSession[]): Tally {
  const total: Tally = { passed: 0, failures: [] };
  for (const session of sessions) {
    const where = `${session.browser.name}: ${session.testFile.split('/test/').at(-1)}`;
    for (const { message } of session.errors) total.failures.push(`${where}: ${message}`);
    const before = total.failures.length;
    if (session.testResults !== undefined) addSuite(total, session.testResults, where);
    const silent = session.errors.length === 0 && total.failures.length === before;
    if (session.passed !== true && silent) total.failures.push(`${where}: did not run to its end`);
  }
  return total;
}

function addSuite(total: Tally, suite: TestSuiteResult, where: string): void {
  for (const test of suite.tests) {
    const name = `${where}: ${suite.name} ${test.name}`;
    if (test.skipped) total.failures.push(`${name}: skipped`);
    else if (test.passed) total.passed += 1;
    else total.failures.push(`${name}: ${test.error?.message ?? 'failed'}`);
  }
  for (const child of suite.suites) addSuite(total, child, where);
}
