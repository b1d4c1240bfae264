/** Everything there is to build. */
import type { Part } from './fresh.js';
import { library } from './library.js';
import { server } from './server.js';
import { site } from './site.js';

export const parts: readonly Part[] = [library, site, server];
