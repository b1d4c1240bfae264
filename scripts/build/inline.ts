/** The inline script as text: `npm run inline` writes it, `npm test -- manifest` checks that it is fresh. */
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { format } from 'prettier';

export const inlineFile = 'src/experiments/inline/source.ts';

/** What `inlineFile` should hold for the sources as they are. */
export async function createInline(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['src/experiments/inline/script.ts'],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
  });
  const source = outputFiles[0]!.text.trim();
  if (/<\/|<!--/.test(source)) throw new Error('The inline script would end its own tag.');
  const hash = createHash('sha256').update(source).digest('base64');
  return format(
    `/** Made of \`script.ts\` by \`npm run inline\`; not to be edited. */

/** The script's text. */
export const inlineSource = ${JSON.stringify(source)};

/** For \`script-src\` of a Content Security Policy, in quotes: \`'sha256-…'\`. */
export const inlineHash = 'sha256-${hash}';
`,
    { parser: 'typescript', singleQuote: true, printWidth: 100 },
  );
}
