/** The app of the simulation: a collection for each strategy, one that depends on another, and events. */
import type { EntityConfig, Resolver, Row } from '../../src/sync/index.js';

export const ROWS = ['tasks', 'docs', 'mine', 'theirs', 'asks', 'picks', 'notes'] as const;
export const EVENTS = ['exposures', 'conversions'] as const;

export function isEvent(collection: string): boolean {
  return (EVENTS as readonly string[]).includes(collection);
}

/** Whether rows of its collection wait for those of another. */
export function isRelated({ collection }: { collection: string }): boolean {
  return collection === 'notes' || collection === 'tasks';
}

/** Collections in which nothing that was written may ever give way without a letter. */
export const KEEPS_ALL: ReadonlySet<string> = new Set(['tasks', 'docs', 'mine', 'notes']);
/** Collections in which a row that was deleted only comes back by a new create. */
export const STAYS_DELETED: ReadonlySet<string> = new Set(['tasks', 'docs', 'theirs', 'notes']);

export function entities(
  resolver: Resolver,
  rows: readonly string[],
  version: number,
): Record<string, EntityConfig> {
  const all: Record<string, EntityConfig> = {
    tasks: {
      conflictStrategy: 'merge',
      fields: { likes: 'counter' },
      ...(version > 1 && { version, migrations: { 2: (row) => row } }),
    },
    docs: { conflictStrategy: 'last-write-wins', fields: { tags: 'set' } },
    notes: { dependsOn: { task: 'tasks' }, group: 'task' },
    mine: { conflictStrategy: 'client-wins' },
    theirs: { conflictStrategy: 'server-wins' },
    asks: { conflictStrategy: 'manual' },
    picks: { conflictStrategy: resolver },
    exposures: { append: 'keep' },
    conversions: { append: 'forget' },
  };
  const wanted: readonly string[] = [...rows, ...EVENTS];
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)));
}

/**
 * Decides by what it is given, so that it decides the same each time it is asked; `gaveUp` hears of
 * what it let go: this device's row, or its deletion.
 */
export function resolver(
  gaveUp: (collection: string, key: string, local: Row | null) => void,
): Resolver {
  return ({ collection, key, local, remote }) => {
    const text = JSON.stringify([local, remote]);
    let sum = 7;
    for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
    switch (sum % 6) {
      case 0:
        return undefined;
      case 1:
        gaveUp(collection, key, local);
        return remote;
      case 2:
        return local;
      case 3:
        throw new TypeError('a bug in the app');
      default:
        if (local && remote) return { ...remote, ...local };
        if (!local) gaveUp(collection, key, local);
        return local ?? remote;
    }
  };
}
