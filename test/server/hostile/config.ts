/** The collections of the server under attack: those of the demo, and two with policies. */
import { type Collection, standard } from '../../../src/server/collections/index.js';
import { checkConfig, type ServerConfig } from '../../../src/server/config/check.js';
import { type Config, defineConfig } from '../../../src/server/config/config.js';

const text = { type: 'string', maxLength: 200 };
const note = {
  type: 'object',
  required: ['title', 'owner'],
  properties: { title: text, owner: text, salary: { type: 'number' }, by: text },
  additionalProperties: false,
} as const;

const { collections } = defineConfig({
  collections: {
    /** Everybody's own; admins see all. */
    notes: {
      schema: note,
      read: (row, who) => row.owner === who.subject || who.role === 'admin',
      write: (change, who) =>
        [change.old, change.new].every((row) => row === null || row.owner === who.subject),
      members: {
        salary: { read: 'admin', write: 'admin' },
        by: { server: (_, who) => who.subject },
      },
    },
    /** Nothing is said of who may, so nobody may. */
    vault: { schema: note },
  },
});

export function configOf(given: Omit<Config, 'collections'> = {}): ServerConfig {
  const config = checkConfig({ ...given, ...(collections && { collections }) });
  return { ...config, collections: new Map([...standard, ...config.collections]) };
}

/** The same rows, for everybody of the workspace to see and to change. */
export function withoutPolicies({ members: _, ...collection }: Collection): Collection {
  return { ...collection, read: 'viewer', write: 'viewer' };
}
