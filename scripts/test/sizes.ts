/**
 * Size budgets: what each entry costs a page, minified and gzipped, all it imports included
 * (1 KB = 1,000 bytes).
 */
import { existsSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { finish, type Tally } from './tally.js';

interface Budget {
  name: string;
  kilobytes: number;
  /** A module that imports what is measured. */
  source: string;
}

const elements = readdirSync('src/elements').filter((name) =>
  existsSync(`src/elements/${name}/define.ts`),
);
const define = (names: readonly string[]): string =>
  names.map((name) => `import './src/elements/${name}/define.ts';`).join('\n');

const budgets: Budget[] = [
  ...elements
    .filter((name) => /^(loading-|empty-|error-|not-found-)/.test(name))
    .map((name) => ({ name: `bl-${name} with Lit`, kilobytes: 8, source: define([name]) })),
  {
    name: 'all elements without the dashboard',
    kilobytes: 22,
    source: define(elements.filter((name) => !name.startsWith('ab-'))),
  },
  { name: 'dashboard', kilobytes: 45, source: define(['ab-dashboard']) },
  {
    name: 'sync with IndexedDB and one transport',
    kilobytes: 16,
    source: `export { createSyncEngine, indexedDBStorage, bytelystTransport } from './src/sync/index.ts';`,
  },
  {
    name: 'decide',
    kilobytes: 4.5,
    source: `export { decide } from './src/experiments/index.ts';`,
  },
  { name: 'stats', kilobytes: 8, source: `export * from './src/stats/index.ts';` },
];

const total: Tally = { passed: 0, failures: [] };
for (const { name, kilobytes, source } of budgets) {
  try {
    const size = (await gzippedBytes(source)) / 1000;
    const line = `${name.padEnd(44)} ${size.toFixed(2).padStart(6)} of ${kilobytes} KB`;
    console.log(line);
    if (size <= kilobytes) total.passed += 1;
    else total.failures.push(line.replace(/ +/g, ' '));
  } catch (error) {
    total.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
finish(total);

async function gzippedBytes(source: string): Promise<number> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: source, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    legalComments: 'none',
  });
  // For one, an import that is dropped because package.json calls it free of side effects.
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('; '));
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}
