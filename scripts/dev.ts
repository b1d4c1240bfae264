/** `npm run dev`: the demo with hot reload (Vite), and beside it the API, restarted on changes. */
import { spawn } from 'node:child_process';
import { createServer } from 'vite';

const watch = ['node_modules/tsx/dist/cli.mjs', 'watch', 'src/server/cli.ts'];
const serve = ['serve', '--demo', '--data', './data', '--port', '4100'];
const api = spawn(process.execPath, [...watch, ...serve], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.once('exit', () => api.kill());
api.once('exit', (code) => process.exit(code ?? 1));

const vite = await createServer();
await vite.listen();
vite.printUrls();
