/**
 * Loads the runtime as a world of its own: bundled in memory, its limits scaled down so that short
 * histories cross them, and, to test the harness, with a bug put into its source.
 */
import { readFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';

import type * as subject from './subject.js';

export type Subject = typeof subject;

/**
 * A change of the source; what it looks for stands exactly once in src/sync, src/protocol and the
 * server's model taken together.
 */
export interface Edit {
  find: string | RegExp;
  replace: string;
}

/** Small limits, so that paging, compaction and splitting happen in every history. */
const SCALED: readonly Edit[] = [
  constant('PAGE_ROWS', 4),
  constant('COMPACT_AT', 25),
  constant('BROADCAST_AT_MOST', 2_000),
  { find: 'pushMutations: 500', replace: 'pushMutations: 12' },
  { find: 'pageRows: 256', replace: 'pageRows: 3' },
  { find: 'stretchRows: 1_000', replace: 'stretchRows: 4' },
  { find: 'pullRows: 100_000', replace: 'pullRows: 10' },
];

function constant(name: string, value: number): Edit {
  return { find: new RegExp(`const ${name} = [\\d_]+;`), replace: `const ${name} = ${value};` };
}

export async function load(bug: readonly Edit[] = []): Promise<Subject> {
  const edits = [...SCALED, ...bug].map((edit) => ({ ...edit, found: 0 }));
  const { outputFiles } = await build({
    entryPoints: ['test/simulation/subject.ts'],
    inject: ['test/simulation/web.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'silent',
    plugins: [editing(edits)],
  });
  for (const { find, found } of edits)
    if (found !== 1)
      throw new Error(
        `The simulator edits ${String(find)}, which stands ${found} times in the source: ` +
          'adapt test/simulation/load.ts or bugs.ts to the source as it is now.',
      );
  const code = Buffer.from(outputFiles[0]!.contents).toString('base64');
  return (await import(`data:text/javascript;base64,${code}`)) as Subject;
}

function editing(edits: (Edit & { found: number })[]): Plugin {
  return {
    name: 'edits',
    setup({ onLoad }) {
      onLoad(
        { filter: /src\/(sync|protocol)\/.*\.ts$|world\/model-server\.ts$/ },
        async ({ path }) => {
          let contents = await readFile(path, 'utf8');
          for (const edit of edits) {
            const parts = contents.split(edit.find);
            edit.found += parts.length - 1;
            contents = parts.join(edit.replace);
          }
          return { contents, loader: 'ts' };
        },
      );
    },
  };
}
