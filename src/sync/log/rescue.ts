/** The database was deleted under a tab that still has it in memory: what must not go with it. */
import { same } from '../same.js';
import { addressOf } from './address.js';
import { aside } from './aside.js';
import { baseOf } from './entry.js';
import { applied, isWaiting, rowEntry, shows, type LogRecord, type Mutation } from './record.js';
import type { State } from './state.js';

/** What a new, empty database must know of the one that is gone: all that waits, and on which rows. */
export function rescued(old: State, fresh: State): Omit<LogRecord, 'by'> {
  // What another tab has saved already may be done by now.
  const known = new Set([...fresh.mutations.keys(), ...(fresh.meta.rescued ?? [])]);
  const put = [...old.mutations.values()].flatMap((remembered) => {
    const mutation = asSaved(remembered, old, fresh);
    if (!known.has(mutation.id)) return madeAnew(mutation, old, fresh) ?? mutation;
    const there = fresh.mutations.get(mutation.id);
    const joined = there && !there.sent && together(there, mutation);
    return joined && !same(joined, there) ? joined : [];
  });
  const rows = new Map<string, NonNullable<LogRecord['rows']>[number]>();
  const alike = !fresh.meta.epoch || fresh.meta.epoch === old.meta.epoch;
  for (const { collection, key } of put) {
    const entry = old.entry(collection, key);
    // Versions of another epoch mean nothing beside those of this one.
    if (!alike) break;
    if (entry?.base && entry.version > (fresh.entry(collection, key)?.version ?? 0))
      rows.set(addressOf(collection, key), rowEntry(collection, key, baseOf(entry)));
  }
  const { client, epoch, versions, scopes } = old.meta;
  const seq = Math.max(old.meta.seq, fresh.meta.seq);
  const meta = {
    client,
    seq,
    versions,
    scopes: { ...scopes, ...fresh.meta.scopes },
    epoch: fresh.meta.epoch ?? epoch,
    rescued: [...known, ...put.map(({ id }) => id)],
    // What has become of these rows since may have been pulled already, and would not come again.
    ...(rows.size && { cursors: {} }),
  };
  const kept = old.kept.list().filter(({ id }) => !known.has(id));
  return { rows: [...rows.values()], put, kept, aliases: old.aliases.list(), meta };
}

/**
 * This tab may have slept while another one sent it. Where the new database knows more of the row
 * already, the first that waits is offered as it was, on the row that it was made on.
 */
function asSaved(mutation: Mutation, old: State, fresh: State): Mutation {
  const { collection, key, id, sent } = mutation;
  if (!isWaiting(mutation)) return mutation;
  const saved: Mutation = sent ? mutation : { ...mutation, rescued: true };
  const entry = old.entry(collection, key)!;
  const { epoch } = old.meta;
  const alike = !fresh.meta.epoch || fresh.meta.epoch === epoch;
  const moved = !alike || (fresh.entry(collection, key)?.version ?? 0) > entry.version;
  if (!moved || entry.pending.find(isWaiting)!.id !== id) return saved;
  const { base: row, version } = entry;
  return { ancestor: { version, row }, sent: { base: version, epoch }, ...saved };
}

/**
 * A row may have been made once more by a tab that began on the new database and knew of none. The
 * two are not one history of the row: what memory has of it lost, as against anybody else's row.
 */
function madeAnew(mutation: Mutation, old: State, fresh: State): Mutation | null {
  const { collection, key, id, op } = mutation;
  const there = fresh.entry(collection, key)?.pending ?? [];
  const made = there.some((m) => m.op === 'create' && shows(m) && !old.mutations.has(m.id));
  if (!made || mutation.conflict || !shows(mutation)) return null;
  const entry = old.entry(collection, key)!;
  const before = entry.pending.slice(
    0,
    entry.pending.findIndex((m) => m.id === id),
  );
  const row = before.filter(shows).reduce((on, m) => applied(m, on), entry.base);
  const { version } = entry;
  return aside(mutation, op === 'delete' ? 'changed' : 'exists', { version, row });
}

/** One mutation as two tabs remember it: neither may have heard of the last write that joined it. */
function together(one: Mutation, other: Mutation): Mutation {
  const [first, last] = one.at < other.at ? [one, other] : [other, one];
  if (first.op !== last.op) return last;
  if (last.value) return { ...last, value: { ...first.value, ...last.value } };
  return last.patch ? { ...last, patch: { ...first.patch, ...last.patch } } : last;
}
