/**
 * `npm start [-- options of bytelyst serve]`: builds what has changed, then serves the demo, on the
 * embedded database in ./data unless it is told another.
 */
import { spawn } from 'node:child_process';
import { buildPart } from './build/fresh.js';
import { parts } from './build/parts.js';

for (const part of parts) await buildPart(part, false);

const defaults = ['serve', '--demo'];
const server = spawn(
  process.execPath,
  ['--enable-source-maps', 'src/server/dist/cli.js', ...defaults, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// The terminal sends Ctrl-C to both; the server ends by itself and says how.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => server.kill('SIGTERM'));
server.once('exit', (code) => process.exit(code ?? 1));
