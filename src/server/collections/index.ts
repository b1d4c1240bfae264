/** The collections that every server has, and the demo's. */
import { validator } from '../validate.js';
import type { MemberIndex } from '../database/member-indexes.js';
import type { Collection } from './collection.js';
import { experiments } from './experiments.js';
import { metrics } from './metrics.js';
import { tasks } from './tasks.js';

export { type Collection, rowFaults } from './collection.js';

/** Rows that the server makes, and events, which a pull never tells: they come by /v1/sync/append. */
const serverOnly: Collection = { read: 'viewer', validate: validator({ type: 'object' }) };

/** What experiments are made of; an app's own collections stand beside them. */
export const builtIn: ReadonlyMap<string, Collection> = new Map([
  ['experiments', experiments],
  ['metrics', metrics],
  ['results', serverOnly],
  ['exposures', serverOnly],
  ['conversions', serverOnly],
]);

/** All indexes that collections declare. */
export function memberIndexesOf(collections: ReadonlyMap<string, Collection>): MemberIndex[] {
  return [...collections].flatMap(([collection, { indexes = [] }]) =>
    indexes.map((member) => ({ collection, member })),
  );
}

/** What a server without a config file has. */
export const standard: ReadonlyMap<string, Collection> = new Map([...builtIn, ['tasks', tasks]]);
