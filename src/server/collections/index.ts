/** Every collection there is. */
import { validator } from '../validate.js';
import type { Collection } from './collection.js';
import { experiments } from './experiments.js';
import { metrics } from './metrics.js';
import { tasks } from './tasks.js';

export { type Collection, rowFaults } from './collection.js';

/** Rows that the server makes, and events, which a pull never tells: they come by /v1/events. */
const serverOnly: Collection = { read: 'viewer', validate: validator({ type: 'object' }) };

export const collections: ReadonlyMap<string, Collection> = new Map([
  ['experiments', experiments],
  ['metrics', metrics],
  ['tasks', tasks],
  ['results', serverOnly],
  ['exposures', serverOnly],
  ['conversions', serverOnly],
]);
