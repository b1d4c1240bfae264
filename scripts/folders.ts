/**
 * The folders of src and test, and what the scripts do with each: who may import whom, what goes
 * into which package, which step runs which tests. A new folder is written down here, once.
 */
import { filesIn } from './files.js';

interface Source {
  /** Folders of src that it may import; a path with a file name allows just that file. */
  imports: readonly string[];
  package: 'bytelyst' | '@bytelyst/server';
}

const browser = (...imports: string[]): Source => ({ imports, package: 'bytelyst' });

/** Where one folder lies in another, the inner one comes first. */
export const sources: Readonly<Record<string, Source>> = {
  protocol: browser(),
  stats: browser(),
  conditions: browser('protocol'),
  sync: browser('conditions', 'protocol'),
  experiments: browser('sync', 'conditions', 'protocol'),
  'bindings/openfeature': browser('experiments'),
  advisor: browser('experiments', 'stats'),
  // The dashboard, alone among the elements, stands on everything below it.
  'elements/ab-dashboard': browser(
    ...'elements advisor experiments sync stats conditions protocol'.split(' '),
  ),
  'elements/sync-status': browser('elements', 'sync/types.ts', 'sync/observable.ts'),
  'elements/experiment-overlay': browser('elements', 'experiments'),
  'elements/experiment': browser('elements', 'elements/experiment-overlay', 'experiments'),
  'elements/flag': browser('elements', 'elements/experiment', 'experiments'),
  elements: browser(
    ...'ab-dashboard sync-status experiment flag'.split(' ').map((name) => `elements/${name}`),
  ),
  'cdn-entries': browser('elements', 'experiments', 'sync'),
  server: {
    imports: [
      ...['protocol', 'stats', 'conditions', 'experiments/model.ts', 'experiments/decide.ts'],
      'advisor/rewording.ts',
    ],
    package: '@bytelyst/server',
  },
};

/** What a package is built from: its folders, and those that they import. */
export function inputsOf(name: Source['package']): string[] {
  const own = Object.entries(sources).filter(([, source]) => source.package === name);
  const all = own.flatMap(([folder, { imports }]) => [folder, ...imports]);
  return [...new Set(all.map((path) => `src/${path.split('/')[0]}`))];
}

export type TestStep = 'node' | 'browser' | 'server' | 'e2e';

/**
 * The steps that run the tests of a folder; `*.node.test.ts` of any of them run in Node alone,
 * `*.browser.test.ts` in the browsers alone.
 */
const tests: Readonly<Record<string, readonly TestStep[]>> = {
  protocol: ['node', 'browser'],
  conditions: ['node', 'browser'],
  stats: ['node', 'browser'],
  advisor: ['node', 'browser'],
  experiments: ['node', 'browser'],
  bindings: ['node', 'browser'],
  sync: ['browser'],
  elements: ['browser'],
  simulation: ['node'],
  server: ['server'],
  e2e: ['e2e'],
};

/** The files that a step runs. */
export function testsOf(step: TestStep): string[] {
  return testFiles().filter((file) => stepsOf(file).includes(step));
}

/** Tests that no step runs: there must be none. */
export function strayTests(): string[] {
  return testFiles().filter((file) => stepsOf(file).length === 0);
}

function testFiles(): string[] {
  return filesIn('test', /\.(test|spec)\.[cm]?[jt]sx?$/);
}

function stepsOf(file: string): readonly TestStep[] {
  const steps = tests[file.split('/')[1] ?? ''] ?? [];
  if (!file.endsWith('.test.ts')) return [];
  if (file.endsWith('.browser.test.ts')) return steps.filter((step) => step === 'browser');
  return file.endsWith('.node.test.ts') && steps.includes('browser') ? ['node'] : steps;
}
