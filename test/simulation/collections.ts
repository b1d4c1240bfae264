/** The app of the simulation: a collection for each strategy, and one of events. */
import type { EntityConfig, Resolver, Row } from '../../src/sync/index.js';

export const ROWS = ['tasks', 'docs', 'mine', 'theirs', 'asks', 'picks'] as const;
export const EVENTS = ['exposures', 'conversions'] as const;

export function isEvent(collection: string): boolean {
  return (EVENTS as readonly string[]).includes(collection);
}

/** Collections in which nothing that was written may ever give way without a letter. */
export const KEEPS_ALL: ReadonlySet<string> = new Set(['tasks', 'docs', 'mine']);
/** Collections in which a row that was deleted only comes back by a new create. */
export const STAYS_DELETED: ReadonlySet<string> = new Set(['tasks', 'docs', 'theirs']);

export function entities(
  resolver: Resolver,
  rows: readonly string[],
): Record<string, EntityConfig> {
  const all: Record<string, EntityConfig> = {
    tasks: { conflictStrategy: 'merge' },
    docs: { conflictStrategy: 'last-write-wins' },
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
