/** Type check of everything: sources, demo, tests, benchmarks, scripts. */
import { finish } from './tally.js';
import { runTool } from '../tool.js';

const { ok, lines } = runTool('tsc', ['-p', 'tsconfig.json', '--pretty', 'false']);
const errors = lines.filter((line) => /error TS\d+/.test(line));
const failures = ok ? [] : errors.length > 0 ? errors : lines;
finish({ passed: ok ? 1 : 0, failures });
