/**
 * Size budgets: what each entry costs a page before anybody asks for more, minified and gzipped
 * (1 KB = 1,000 bytes); parts fetched later are told beside it.
 *
 * Where an entry is over the specification's goal, the budget holds what has been reached, so that
 * it only ever falls; the goal is printed every time until it is met.
 */
import { existsSync, readdirSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { finish, type Tally } from './tally.js';

interface Budget {
  name: string;
  kilobytes: number;
  /** What the specification asks for, where that is not reached yet. */
  goal?: number;
  /** A module that imports what is measured. */
  source: string;
  /** A folder with a budget of its own, not counted again. */
  without?: string;
}

const elements = readdirSync('src/elements').filter((name) =>
  existsSync(`src/elements/${name}/define.ts`),
);
const define = (names: readonly string[]): string =>
  names.map((name) => `import './src/elements/${name}/define.ts';`).join('\n');
const withLit = (name: string, kilobytes: number): Budget => ({
  name: `bl-${name} with Lit`,
  kilobytes,
  goal: 8,
  source: define([name]),
});

const budgets: Budget[] = [
  withLit('loading-spinner', 10),
  withLit('loading-skeleton', 10.2),
  withLit('empty-state', 10.6),
  withLit('error-page', 13.5),
  withLit('not-found-page', 14.3),
  withLit('experiment', 5.7),
  {
    name: 'all elements without the dashboard',
    kilobytes: 30,
    goal: 22,
    source: define(elements.filter((name) => !/^ab-|-overlay$/.test(name))),
  },
  {
    name: 'dashboard with Lit, without the runtime',
    kilobytes: 38,
    source: define(['ab-dashboard']),
    without: 'src/sync',
  },
  {
    name: 'sync with IndexedDB and one transport',
    kilobytes: 41.65,
    goal: 16,
    source: `export { createSyncEngine, indexedDBStorage, bytelystTransport } from './src/sync/index.ts';`,
  },
  // These two not by the index: esbuild's splitting puts what an index also exports into the first
  // file (decide 5.2 KB, the client 10.6), Vite's Rolldown does not (4.3 and 8.6).
  {
    name: 'decide',
    kilobytes: 4.56,
    goal: 4.5,
    source: `export { decide } from './src/experiments/decide.ts';`,
  },
  {
    name: 'experiments: decide with tracking',
    kilobytes: 9.72,
    goal: 8,
    source: `export { createExperiments } from './src/experiments/client.ts';`,
  },
  {
    name: 'inline script of experiments',
    kilobytes: 2,
    source: `export { inlineSource } from './src/experiments/inline/index.ts';`,
  },
  {
    name: 'importGrowthBook',
    kilobytes: 8.1,
    source: `export * from './src/experiments/growthbook/index.ts';`,
  },
  {
    name: 'OpenFeature provider, without its SDK',
    kilobytes: 1.6,
    source: `export * from './src/bindings/openfeature/index.ts';`,
  },
  {
    name: 'stats: compare two arms',
    kilobytes: 4.75,
    source: `export { arm, compare } from './src/stats/index.ts';`,
  },
  {
    name: 'stats: analyze an experiment',
    kilobytes: 13.15,
    goal: 8,
    source: `export { analyze } from './src/stats/index.ts';`,
  },
  {
    name: 'stats, all of it',
    kilobytes: 17.4,
    goal: 8,
    source: `export * from './src/stats/index.ts';`,
  },
];

const total: Tally = { passed: 0, failures: [] };
for (const budget of budgets) {
  const { name, kilobytes, goal } = budget;
  try {
    const { first, later } = await measure(budget);
    const line = `${name.padEnd(42)} ${first.toFixed(2).padStart(6)} of ${kilobytes} KB`;
    const missed = goal !== undefined && first > goal ? `, goal ${goal} KB` : '';
    console.log(line + missed + (later > 0 ? `, later ${later.toFixed(2)} KB` : ''));
    if (first <= kilobytes) total.passed += 1;
    else total.failures.push(line.replace(/ +/g, ' '));
  } catch (error) {
    total.failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
finish(total);

/** KB of what is loaded at once, and of what only `import()` fetches. */
async function measure({ source, without }: Budget): Promise<{ first: number; later: number }> {
  const { outputFiles, metafile, warnings } = await build({
    stdin: { contents: source, resolveDir: process.cwd() },
    bundle: true,
    splitting: true,
    outdir: 'measured',
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    legalComments: 'none',
    external: ['@openfeature/*'],
    plugins: without === undefined ? [] : [leaveOut(without)],
  });
  // For one, an import that is dropped because package.json calls it free of side effects.
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('; '));

  const first = new Set<string>();
  const follow = (path: string): void => {
    if (first.has(path)) return;
    first.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement') follow(next);
  };
  follow(Object.keys(metafile.outputs).find((path) => path.endsWith('stdin.js')) ?? '');

  const sizes = { first: 0, later: 0 };
  for (const { path, contents } of outputFiles) {
    const bytes = gzipSync(contents, { level: 9 }).length;
    sizes[first.has(relative(process.cwd(), path)) ? 'first' : 'later'] += bytes / 1000;
  }
  return sizes;
}

function leaveOut(folder: string): Plugin {
  return {
    name: 'leave-out',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const inside = resolve(resolveDir, path).startsWith(resolve(folder) + sep);
        return inside ? { path, external: true, sideEffects: false } : undefined;
      });
    },
  };
}
