/**
 * `@bytelyst/server`: the command, the database worker and what config files import, each with what
 * they share bundled in; declarations of the last.
 */
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { inputsOf } from '../folders.js';
import { runTool } from '../tool.js';
import type { Part } from './fresh.js';

const output = 'src/server/dist';

export const server: Part = {
  name: 'server',
  inputs: inputsOf('@bytelyst/server'),
  output,
  async build() {
    mkdirSync(output, { recursive: true });
    // The site is a part of its own.
    for (const name of readdirSync(output).filter((entry) => entry !== 'site')) {
      rmSync(join(output, name), { recursive: true });
    }
    await build({
      entryPoints: [
        'src/server/cli.ts',
        'src/server/index.ts',
        'src/server/database/pglite-worker.ts',
      ],
      outdir: output,
      entryNames: '[name]',
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format: 'esm',
      sourcemap: true,
      logLevel: 'warning',
    });
    const { ok, lines } = runTool('tsc', ['-p', 'tsconfig.server.json', '--pretty', 'false']);
    if (!ok) throw new Error(lines.join('\n'));
    chmodSync(join(output, 'cli.js'), 0o755);
    cpSync('src/server/database/migrations', join(output, 'migrations'), { recursive: true });
  },
};
