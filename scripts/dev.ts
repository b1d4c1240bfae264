/** `npm run dev`: the demo with hot reload (Vite), and beside it the API, restarted on changes. */
import { spawn } from 'node:child_process';
import { createServer } from 'vite';

const api = spawn(
  process.execPath,
  ['node_modules/tsx/dist/cli.mjs', 'watch', 'src/server/cli.ts', 'serve', '--demo'].concat([
    ...['--data', './data', '--port', '4100'],
  ]),
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
process.once('exit', () => api.kill());
api.once('exit', (code) => process.exit(code ?? 1));

const vite = await createServer();
await vite.listen();
vite.printUrls();
