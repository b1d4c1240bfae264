/** Partial sync at run time: which parts of a collection this device keeps. */
import { isScope, limits, scopeName, type Scope } from '../../protocol/index.js';
import type { Commits } from '../log/commits.js';
import type { EntityConfig } from '../config.js';
import { SyncError } from '../errors.js';
import { feedsOf } from './feeds.js';
import { unwanted } from './pull.js';
import type { State } from '../log/state.js';

/** Kept on the device, for every tab, until dropped. Those of the configuration always stay. */
export class Scopes {
  constructor(
    private readonly session: () => { state: State; commits: Pick<Commits, 'change'> },
    private readonly entities: Record<string, EntityConfig>,
  ) {}

  /** Those of the collection that were added here. */
  list(collection: string): readonly Scope[] {
    return this.session().state.meta.scopes[collection] ?? [];
  }

  /**
   * Keeps the rows whose members equal these, too. Resolves when that is on disk; the rows follow,
   * `await sync.pull()` waits for them. The entity needs a `scope` in the configuration, `[]` for
   * none to begin with.
   */
  async add(collection: string, scope: Scope): Promise<void> {
    if (!this.entities[collection]?.scope)
      throw new SyncError('unknown-collection', `“${collection}” is not kept by scopes.`);
    if (!isScope(scope)) throw new SyncError('invalid', NO_SCOPE);
    const added = { ...scope };
    await this.session().commits.change(({ meta }) => {
      const others = (meta.scopes[collection] ?? []).filter((other) => !same(other, added));
      return { meta: { scopes: { ...meta.scopes, [collection]: [...others, added] } } };
    }, 'strict');
  }

  /** Forgets the rows that no other scope holds and that have nothing pending; deletes nothing. */
  async drop(collection: string, scope: Scope): Promise<void> {
    await this.session().commits.change((state) => {
      const { meta } = state;
      const others = (meta.scopes[collection] ?? []).filter((other) => !same(other, scope));
      const scopes = { ...meta.scopes, [collection]: others };
      const { rows, meta: cursors } = unwanted(
        state,
        this.entities,
        feedsOf(this.entities, { ...meta, scopes }),
      );
      return { rows, meta: { ...cursors, scopes } };
    }, 'strict');
  }
}

const NO_SCOPE = `A scope is 1 to ${limits.scopeMembers} members: { project: "p1" }.`;

function same(a: Scope, b: Scope): boolean {
  return scopeName(a) === scopeName(b);
}
