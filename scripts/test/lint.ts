/** oxlint with typed rules and the Lit and web-component plugins; any finding fails. */
import { finish } from './tally.js';
import { runTool } from '../tool.js';

const { ok, lines } = runTool('oxlint', ['--type-aware', '--deny-warnings', '--format', 'unix']);
const findings = lines.filter((line) => /^\S+:\d+:\d+: /.test(line));
const failures = ok ? [] : findings.length > 0 ? findings : lines;
finish({ passed: ok ? 1 : 0, failures });
