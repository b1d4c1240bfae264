/** The demo site: `npm run dev` serves it with hot reload, `npm run build` builds it. */
import { relative, resolve } from 'node:path';
import { defineConfig } from 'vite';
import { devPages } from './scripts/build/dev-pages.js';
import { serviceWorker } from './scripts/build/service-worker.js';
import { filesIn } from './scripts/files.js';

/** `npm run dev` starts the API beside Vite. */
const api = 'http://127.0.0.1:4100';

export default defineConfig({
  root: 'demo',
  appType: 'mpa',
  plugins: [devPages(api), serviceWorker('demo/service-worker.ts')],
  server: {
    port: 5173,
    proxy: { '/v1': api },
  },
  build: {
    outDir: relative('demo', 'src/server/dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    // The CSP allows neither inline scripts nor data: styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: filesIn('demo', /\.html$/).map((file) => resolve(file)) },
  },
});
