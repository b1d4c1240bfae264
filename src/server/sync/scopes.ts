/** What of a workspace a client pulls: collections that it may read, whole or by scopes. */
import { isId, isObject, isScope, limits, type Scopes } from '../../protocol/index.js';
import type { Identity } from '../access/identity.js';
import { hidesMember, mayRead } from '../collections/policies.js';
import type { Collection } from '../collections/index.js';
import { ProblemError } from '../problem-error.js';

/** The collections of `?collections=`, which must exist and be for this identity to read. */
export function readCollections(
  collections: ReadonlyMap<string, Collection>,
  who: Identity,
  names: string | undefined,
): string[] {
  const asked = [...new Set((names ?? '').split(',').filter(Boolean))];
  if (!asked.length || asked.length > 100) {
    throw new ProblemError('invalid', 'Say which collections: ?collections=experiments,metrics', {
      errors: [{ pointer: '/collections', code: 'missing' }],
    });
  }
  for (const name of asked) {
    const collection = isId(name) ? collections.get(name) : undefined;
    if (!collection) {
      throw new ProblemError(
        'unknown-collection',
        `There is no collection “${name.slice(0, 64)}”.`,
      );
    }
    if (!mayRead(collection, who)) {
      throw new ProblemError('forbidden', `Reading “${name}” is not yours to do.`);
    }
  }
  return asked;
}

/** The scopes of `?scopes=`, JSON by collection; collections without are pulled whole. */
export function readScopes(
  collections: ReadonlyMap<string, Collection>,
  who: Identity,
  text: string | undefined,
  pulled: readonly string[],
): Scopes {
  if (text === undefined) return {};
  const scopes = parse(text);
  const entries = isObject(scopes) ? Object.entries(scopes) : [];
  const all = entries.flatMap(([, list]) => list);
  const fit =
    isObject(scopes) &&
    entries.every(([name, list]) => pulled.includes(name) && Array.isArray(list) && list.length) &&
    all.length <= limits.scopes &&
    all.every(isScope);
  if (!fit) {
    const example = '?scopes={"tasks":[{"project":"p1"}]}';
    throw new ProblemError(
      'invalid',
      `Scopes name members of collections that are pulled: ${example}`,
      {
        errors: [{ pointer: '/scopes', code: 'format' }],
      },
    );
  }
  for (const [name, list] of Object.entries(scopes as Scopes)) {
    const member = list.flatMap(Object.keys).find((m) => hidden(collections.get(name), who, m));
    if (member === undefined) continue;
    // Which rows come would tell what the member is.
    throw new ProblemError('invalid', `“${member}” of “${name}” is not yours to see.`, {
      errors: [{ pointer: '/scopes', code: 'hidden-member' }],
    });
  }
  return scopes as Scopes;
}

function hidden(collection: Collection | undefined, who: Identity, member: string): boolean {
  return !collection || hidesMember(collection, who, member);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
