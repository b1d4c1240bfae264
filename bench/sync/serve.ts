/** Serves the page, isolated so that its clock is precise to 5 µs, and the server's answers. */
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { record } from './recording.js';
import { MANY_ROWS, ROWS } from './rows.js';

export interface Site {
  url: string;
  close(): void;
}

export async function serve(): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: ['bench/sync/page.ts'],
    bundle: true,
    splitting: true,
    outdir: 'served',
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // Without it Replicache checks and freezes all that it is given.
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const files = new Map(outputFiles.map(({ path, text }) => [`/${basename(path)}`, text]));
  for (const count of [ROWS, MANY_ROWS]) files.set(`/recording-${count}`, await record(count));
  files.set(
    '/',
    '<!doctype html><title>bench</title><script type="module" src="/page.js"></script>',
  );

  const http = createServer(({ url = '' }, response) => {
    const text = files.get(url);
    const type = url.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(text === undefined ? 404 : 200, {
      'Content-Type': type,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    });
    response.end(text);
  });
  await new Promise<void>((ready) => void http.listen(0, '127.0.0.1', ready));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('No free TCP port.');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => http.close() };
}
