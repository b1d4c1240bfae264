/** What the server's answers to a push make of the mutations that were sent. Pure. */
import type { Json, JsonObject, Problem, PushResult } from '../../protocol/index.js';
import type { EntityConfig } from '../config.js';
import { isEarlier, keep } from '../log/kept.js';
import type { Accepted, LogRecord, Mutation } from '../log/record.js';
import type { State } from '../log/state.js';
import {
  add,
  condemned,
  noChange,
  outgrown,
  overtaken,
  refused,
  type Change,
  type RebaseRules,
} from './rebase.js';
import { revived } from './revive.js';
import { same } from '../same.js';

export interface SettleHost {
  rules(collection: string): RebaseRules;
  entities: Record<string, EntityConfig>;
  /** Tries after which a mutation that is only ever refused becomes a dead letter; else never. */
  maxRetries?: number | undefined;
}

/** What a push's answers do to the log. */
export function settle(
  state: State,
  results: readonly PushResult[],
  host: SettleHost,
): Omit<LogRecord, 'by'> {
  const done: NonNullable<LogRecord['done']> = [];
  const kept: Mutation[] = [];
  const total = noChange();
  for (const result of results) {
    const mutation = state.mutations.get(result.id);
    if (!mutation) continue;
    const { collection, key } = mutation;
    const entry = state.entry(collection, key)!;
    const rules = host.rules(collection);
    const unmarked = state.unmarked.get(result.id);
    if (result.outcome === 'applied' && unmarked && isOutgrown(unmarked, mutation)) {
      add(total, outgrown(unmarked, result.version, entry, rules));
    } else if (result.outcome === 'applied') {
      done.push(acceptance(result, mutation));
      const names = result.key === undefined ? null : unmade(state, mutation, host.entities);
      if (names) total.put.push(follows(mutation, names, rules.newId()));
      if (result.undurable) kept.push(keep(mutation, entry, result.undurable));
      if (result.version < entry.version || isEarlier(mutation, state.meta))
        add(total, overtaken(mutation, result.version, entry, rules));
    } else if (result.outcome === 'rejected') {
      // An event that was accepted once and is too old by now is over, not failed.
      if (!result.problem.retryable && mutation.accepted && host.entities[collection]?.append)
        done.push([result.id, 1]);
      else if (!result.problem.retryable)
        add(total, condemned(mutation, result.problem, entry, rules));
      else add(total, tried(state, result.id, result.problem, host));
    } else {
      const { version, value, etag } = result.row;
      const remote = { version, row: value && { ...value, id: key }, etag };
      const [offered, found] = revived(mutation, entry, remote, rules.fields);
      add(total, refused(offered, found, remote, rules, isEarlier(mutation, state.meta)));
    }
  }
  return { done, kept, ...total };
}

/**
 * The members of a row made at the server that name rows which are not made yet, itself included:
 * those may get other ids, too, and with rows that name each other one has to go first.
 */
function unmade(
  state: State,
  { collection, value }: Mutation,
  entities: SettleHost['entities'],
): JsonObject | null {
  const makes = (parent: string, id: Json) => {
    const entry = typeof id === 'string' ? state.entry(parent, id) : undefined;
    return !!entry && !entry.base && entry.pending.some(({ op }) => op !== 'delete');
  };
  const names = Object.entries(entities[collection]?.dependsOn ?? {}).flatMap(
    ([member, parent]): [string, Json][] => {
      const held = value?.[member] ?? null;
      return [held].flat().some((id) => makes(parent, id)) ? [[member, held]] : [];
    },
  );
  return names.length ? Object.fromEntries(names) : null;
}

/** It waits for the rows that it names, and is told their ids as they become known. */
function follows({ seq, at, collection, key }: Mutation, patch: JsonObject, id: string): Mutation {
  return { id, seq, at, collection, key, op: 'update', patch };
}

/** Whether more was joined to a mutation since it was sent without a mark. */
export function isOutgrown(sent: Mutation, { op, value, patch }: Mutation): boolean {
  return !same([sent.op, sent.value, sent.patch], [op, value, patch]);
}

/** What the log keeps of an acceptance: mostly no more than the version. */
function acceptance(
  result: PushResult & { outcome: 'applied' },
  sent: Mutation,
): [mutation: string, version: number, as?: Accepted] {
  const { id, version, key, value, etag } = result;
  const as: Accepted = {
    ...(key !== undefined && key !== sent.key && { key }),
    ...(value && { row: { ...value, id: key ?? sent.key } }),
    ...(etag !== undefined && { etag }),
  };
  return Object.keys(as).length ? [id, version, as] : [id, version];
}

/** One try more, where they are counted; past the last it is a dead letter, given up on. */
export function tried(state: State, id: string, said: Problem, { maxRetries }: SettleHost): Change {
  const known = state.mutations.get(id);
  if (!known || maxRetries === undefined) return noChange();
  const { tries = 0 } = known;
  const again = { ...known, tries: tries + 1 };
  const problem = { ...said, retryable: true };
  return { ...noChange(), put: [tries < maxRetries ? again : { ...again, problem }] };
}
