/**
 * What is pulled: collections, whole or by scopes. Each of these feeds has a cursor of its own, so
 * that one can be added, dropped, refused or told anew without the others; those that stand at the
 * same place are pulled together.
 */
import { inScope, limits, scopeName, type Scope } from '../../protocol/index.js';
import type { EntityConfig } from '../config.js';
import type { Meta } from '../log/record.js';
import type { Row } from '../types.js';

export interface Feed {
  /** Names its cursor. */
  name: string;
  collection: string;
  /** Null: the whole collection. */
  scope: Scope | null;
}

/** Everything that this device wants, in the order of the configuration. */
export function feedsOf(entities: Record<string, EntityConfig>, { scopes }: Meta): Feed[] {
  return Object.entries(entities).flatMap(([collection, { append, scope }]): Feed[] => {
    if (append) return [];
    if (!scope) return [{ name: collection, collection, scope: null }];
    const feeds = [...[scope].flat(), ...(scopes[collection] ?? [])].map((scope) => ({
      name: feedName(collection, scope),
      collection,
      scope,
    }));
    return [...new Map(feeds.map((feed) => [feed.name, feed])).values()];
  });
}

export function feedName(collection: string, scope: Scope): string {
  return `${collection} ${scopeName(scope)}`;
}

/** Feeds to be pulled together, those furthest on first: what is new must not hold up what is live. */
export function together(feeds: readonly Feed[], { cursors }: Meta, separate = false): Feed[][] {
  const groups = new Map<string, Feed[]>();
  for (const feed of feeds) {
    const at = separate ? feed.name : (cursors[feed.name]?.cursor ?? '');
    groups.set(at, [...(groups.get(at) ?? []), feed]);
  }
  const reached = ([feed]: Feed[]) => cursors[feed!.name]?.to ?? -1;
  return [...groups.values()].sort((a, b) => reached(b) - reached(a)).flatMap(bounded);
}

/** As many as one request may name. */
function bounded(feeds: Feed[]): Feed[][] {
  const parts: Feed[][] = [];
  for (let i = 0; i < feeds.length; i += limits.scopes)
    parts.push(feeds.slice(i, i + limits.scopes));
  return parts;
}

/** Whether any of the feeds has this row, as far as its members tell. */
export function holds(feeds: readonly Feed[], collection: string, row: Row): boolean {
  return feeds.some(
    (feed) => feed.collection === collection && (!feed.scope || inScope(feed.scope, row)),
  );
}
