/** `bytelyst`: one module per source file, declarations and source maps, theme, CDN bundle. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { inlineSource } from '../../src/experiments/inline/source.js';
import { inputsOf } from '../folders.js';
import { viteBuild } from './vite-build.js';
import { runTool } from '../tool.js';
import type { Part } from './fresh.js';

export const library: Part = {
  name: 'library',
  inputs: inputsOf('bytelyst'),
  output: 'dist',
  async build() {
    rmSync('dist', { recursive: true, force: true });
    const { ok, lines } = runTool('tsc', ['-p', 'tsconfig.build.json', '--pretty', 'false']);
    if (!ok) throw new Error(lines.join('\n'));
    copyFileSync('src/elements/theme/theme.css', 'dist/theme.css');
    await buildCdn();
    writeFileSync('dist/cdn/experiments-inline.js', inlineSource);
  },
};

/** For script tags: all elements, and what experiments need; made from the compiled modules. */
async function buildCdn(): Promise<void> {
  await viteBuild({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: 'dist/cdn',
      target: 'es2022',
      sourcemap: true,
      modulePreload: false,
      rolldownOptions: {
        input: {
          elements: 'dist/elements/index.js',
          experiments: 'dist/cdn-entries/experiments.js',
        },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
}
