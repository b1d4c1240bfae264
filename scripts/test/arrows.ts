/**
 * The arrows between the folders of src (ARCHITECTURE.md): who may import whom, and no cycle
 * between any two folders. Type imports count too: they tie the folders together as well.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { filesIn } from '../files.js';
import { finish } from './tally.js';

/** What each folder of src may import; a path with a file name allows just that file. */
const allowed: Record<string, readonly string[]> = {
  protocol: [],
  stats: [],
  conditions: ['protocol'],
  sync: ['conditions', 'protocol'],
  experiments: ['sync', 'conditions', 'protocol'],
  openfeature: ['experiments'],
  advisor: ['experiments', 'stats'],
  // The dashboard, alone among the elements, stands on everything below it.
  'elements/ab-dashboard': 'elements advisor experiments sync stats conditions protocol'.split(' '),
  'elements/sync-status': ['elements', 'sync/types.ts', 'sync/observable.ts'],
  elements: ['elements/ab-dashboard', 'elements/sync-status'],
  server: ['protocol', 'stats', 'conditions', 'experiments/model.ts', 'experiments/decide.ts'],
};

interface Import {
  from: string;
  to: string;
}

const imports = filesIn('src', /\.ts$/).flatMap(importsOf);
const failures = [...imports.filter((edge) => !isAllowed(edge)).map(describeEdge), ...cycles()];
finish({ passed: failures.length === 0 ? 1 : 0, failures });

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const pattern =
    /\b(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...source.matchAll(pattern)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({
      from: posix.relative('src', file),
      to: posix.relative('src', posix.join(posix.dirname(file), specifier)).replace(/\.js$/, '.ts'),
    }));
}

function isAllowed({ from, to }: Import): boolean {
  const folder = Object.keys(allowed).find((name) => isIn(from, name));
  if (folder === undefined) return false;
  return isIn(to, folder) || (allowed[folder] ?? []).some((name) => isIn(to, name));
}

function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function describeEdge({ from, to }: Import): string {
  return `src/${from} imports src/${to}: the arrows do not allow it (scripts/test/arrows.ts)`;
}

/** Pairs of folders that reach each other; a folder and one inside it are one. */
function cycles(): string[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [source, target] = [posix.dirname(from), posix.dirname(to)];
    if (isIn(source, target) || isIn(target, source)) continue;
    next.set(source, (next.get(source) ?? new Set()).add(target));
  }
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [start];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      for (const target of next.get(folder) ?? []) {
        if (!seen.has(target)) open.push(target);
        seen.add(target);
      }
    }
    return seen;
  };
  return [...next.keys()]
    .flatMap((a) => [...reach(a)].filter((b) => a < b && reach(b).has(a)).map((b) => [a, b]))
    .map(([a, b]) => `src/${a} and src/${b} import each other, directly or through others`);
}
