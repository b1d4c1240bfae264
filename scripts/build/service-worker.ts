/**
 * Vite plugin: bundles the service worker beside the pages and tells it what was built. In its
 * source `__PRECACHE__` is `{ version, files }`: the addresses of all emitted files, source maps
 * left out, and a hash over them and their contents.
 */
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import type { Plugin } from 'vite';

export function serviceWorker(entry: string): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const hash = createHash('sha256');
        const files: string[] = [];
        for (const [name, output] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
          if (name.endsWith('.map')) continue;
          files.push(`/${name.replace(/(^|\/)index\.html$/, '$1')}`);
          hash.update(name).update(output.type === 'chunk' ? output.code : output.source);
        }
        const precache = { version: hash.digest('hex').slice(0, 16), files };
        const { outputFiles } = await build({
          entryPoints: [entry],
          bundle: true,
          minify: true,
          write: false,
          target: 'es2022',
          format: 'iife',
          define: { __PRECACHE__: JSON.stringify(precache) },
        });
        const source = outputFiles[0]?.text ?? '';
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
      },
    },
  };
}
