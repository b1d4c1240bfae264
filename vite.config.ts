/** The demo site: `npm run dev` serves it with hot reload, `npm run build` builds it. */
import { relative } from 'node:path';
import { defineConfig } from 'vite';
import { serviceWorker } from './scripts/build/service-worker.js';
import { filesIn } from './scripts/files.js';

export default defineConfig({
  root: 'demo',
  appType: 'mpa',
  plugins: [serviceWorker('demo/service-worker.ts')],
  server: {
    port: 5173,
    // `npm run dev` starts the API beside Vite.
    proxy: { '/v1': 'http://127.0.0.1:4100' },
  },
  build: {
    outDir: relative('demo', 'src/server/dist/site'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: true,
    // The CSP allows neither inline scripts nor data: styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: filesIn('demo', /\.html$/) },
  },
});
