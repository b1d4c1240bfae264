/** The demo and admin pages that the server serves. */
import { viteBuild } from './vite-build.js';
import type { Part } from './fresh.js';
import { library } from './library.js';

export const site: Part = {
  name: 'site',
  inputs: ['demo', ...library.inputs],
  output: 'src/server/dist/site',
  async build() {
    await viteBuild({ logLevel: 'warn' });
  },
};
