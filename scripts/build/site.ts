/** The demo and admin pages that the server serves. */
import { build } from 'vite';
import type { Part } from './fresh.js';
import { library } from './library.js';

export const site: Part = {
  name: 'site',
  inputs: ['demo', ...library.inputs],
  output: 'src/server/dist/site',
  async build() {
    await build({ logLevel: 'warn' });
  },
};
