/** `npm run dev`: the demo with hot reload (Vite), and beside it the API, restarted on changes. */
import { spawn } from 'node:child_process';
import { createServer } from 'vite';
import { buildPart } from './build/fresh.js';
import { atExit } from './machine/at-exit.js';
import { site } from './build/site.js';

// The API signs a visitor in with a page, so it needs the pages that it would serve.
await buildPart(site, false);

const watch = ['node_modules/tsx/dist/cli.mjs', 'watch', 'src/server/cli.ts'];
const serve = ['serve', '--demo', '--port', '4100'];
const api = spawn(process.execPath, [...watch, ...serve], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
atExit(() => api.kill());
api.once('exit', (code) => process.exit(code ?? 1));

const vite = await createServer();
await vite.listen();
vite.printUrls();
