/** Prettier's opinion of every file; `npm run format` makes it true. */
import { finish } from './tally.js';
import { runTool } from '../tool.js';

const { ok, lines } = runTool('prettier', ['--check', '--log-level', 'warn', '.']);
const failures = lines
  .filter((line) => !line.includes('Code style issues'))
  .map((line) => `${line.replace(/^\[\w+\] /, '')}: not formatted; run npm run format`);
finish({ passed: ok ? 1 : 0, failures: ok ? [] : failures });
