/**
 * Vite plugin: bundles the service worker beside the pages and tells it what was built. In its
 * source `__PRECACHE__` is `{ version, files }`: the addresses of all files of the site, source
 * maps left out, and a hash over them and their contents.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'vite';
import { filesIn } from '../files.js';

export function serviceWorker(entry: string): Plugin {
  let publicFolder = '';
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicFolder = relative('.', config.publicDir);
    },
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const contents = new Map<string, string | Uint8Array>();
        for (const [name, output] of Object.entries(bundle)) {
          contents.set(name, output.type === 'chunk' ? output.code : output.source);
        }
        for (const file of filesIn(publicFolder, /./)) {
          contents.set(relative(publicFolder, file), readFileSync(file));
        }
        const source = await bundleWorker(entry, precache(contents));
        this.emitFile({ type: 'asset', fileName: 'service-worker.js', source });
      },
    },
  };
}

interface Precache {
  version: string;
  files: string[];
}

function precache(contents: ReadonlyMap<string, string | Uint8Array>): Precache {
  const names = [...contents.keys()].filter((name) => !name.endsWith('.map')).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\0`).update(contents.get(name) ?? '');
  return {
    version: hash.digest('hex').slice(0, 16),
    files: names.map((name) => `/${name.replace(/(^|\/)index\.html$/, '$1')}`),
  };
}

async function bundleWorker(entry: string, files: Precache): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    format: 'iife',
    define: { __PRECACHE__: JSON.stringify(files) },
  });
  return outputFiles[0]?.text ?? '';
}
