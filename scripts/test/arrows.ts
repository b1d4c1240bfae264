/**
 * The arrows between the folders of src (ARCHITECTURE.md): who may import whom, and no cycle
 * between any two folders. Type imports count too: they tie the folders together as well. And no
 * test lies where no step looks for it.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { filesIn } from '../files.js';
import { sources, strayTests } from '../folders.js';
import { finish } from './tally.js';

interface Import {
  from: string;
  to: string;
}

const imports = filesIn('src', /\.ts$/).flatMap(importsOf);
const failures = [
  ...imports.filter((edge) => !isAllowed(edge)).map(describeEdge),
  ...cycles(),
  ...strayTests().map((file) => `${file} is run by no step (scripts/folders.ts)`),
];
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
  const folder = Object.keys(sources).find((name) => isIn(from, name));
  if (folder === undefined) return false;
  return isIn(to, folder) || (sources[folder]?.imports ?? []).some((name) => isIn(to, name));
}

function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function describeEdge({ from, to }: Import): string {
  return `src/${from} imports src/${to}: the arrows do not allow it (scripts/folders.ts)`;
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
