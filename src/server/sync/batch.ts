/**
 * What becomes of a batch of pushes of one workspace, in the transaction that they share: each
 * mutation is answered for itself, all rows are compared and set at once.
 */
import { problem, type PushResult, type WireMutation } from '../../protocol/index.js';
import { pushRequestSchema } from '../../protocol/schemas.js';
import type { Identity } from '../access/identity.js';
import type { Collection } from '../collections/index.js';
import type { Queryable } from '../database/database.js';
import { invalid } from '../problem-error.js';
import { type Fault, validator } from '../validate.js';
import { applyMutation, refusal, seenRow } from './apply.js';
import {
  bodyHash,
  outcomeKey,
  readOutcomes,
  type StoredOutcome,
  writeOutcomes,
} from './outcomes.js';
import {
  addressOf,
  readCounter,
  readRows,
  readVersionFloor,
  type RowState,
  type RowWrite,
  writeRows,
} from './rows.js';

const validateMutation = validator(pushRequestSchema.properties.mutations.items);

/** One push among those that share a transaction. */
export interface BatchedPush {
  who: Identity;
  client: string;
  /** Offered to an earlier life of the database: only what survived of them is known here. */
  earlier: boolean;
  mutations: readonly WireMutation[];
}

export interface Applied {
  /** By request. */
  results: PushResult[][];
  /** Where the counter stands, and whether this moved it. */
  seq: number;
  moved: boolean;
  /** Whether results have to be made anew. */
  stale: boolean;
}

/** What is known of the mutations of a batch before they are applied. */
export interface Known {
  faultsOf: ReadonlyMap<WireMutation, Fault[]>;
  rows: Map<string, RowState>;
  outcomes: Map<string, StoredOutcome | 'forgotten'>;
  /** What versions of new rows count on from. */
  floor: number;
}

/** Checks each mutation by itself, and reads what those that fit are about. */
export async function readKnown(
  tx: Queryable,
  workspace: string,
  batch: readonly BatchedPush[],
): Promise<Known> {
  const faultsOf = new Map(
    batch.flatMap(({ mutations }) => mutations.map((m) => [m, validateMutation(m)] as const)),
  );
  const wellFormed = batch.flatMap(({ client, mutations }) =>
    mutations
      .filter((mutation) => !faultsOf.get(mutation)!.length)
      .map(({ id, seq, collection, key }) => ({ client, id, seq, collection, key })),
  );
  // Rows before outcomes: whoever sees the effect of a mutation must also see its answer.
  const [rows, outcomes, floor] = await Promise.all([
    readRows(tx, workspace, wellFormed),
    readOutcomes(tx, workspace, wellFormed),
    readVersionFloor(tx, workspace),
  ]);
  return { faultsOf, rows, outcomes, floor };
}

/** What becomes of a batch, in its transaction; nothing may follow there. */
export async function applyBatch(
  tx: Queryable,
  workspace: string,
  collections: ReadonlyMap<string, Collection>,
  batch: readonly BatchedPush[],
  { faultsOf, rows, outcomes, floor }: Known,
): Promise<Applied> {
  const fresh: Parameters<typeof writeOutcomes>[2][number][] = [];
  const writes = new Map<string, RowWrite>();

  const answer = ({ who, client, earlier }: BatchedPush, mutation: WireMutation): PushResult => {
    const { id } = mutation;
    const faults = faultsOf.get(mutation)!;
    if (faults.length) return { id, outcome: 'rejected', problem: invalid(faults).problem };

    const hash = bodyHash(mutation);
    const known = outcomes.get(outcomeKey(client, id));
    const unknown = known === 'forgotten';
    if (known && !unknown) {
      if (known.bodyHash === hash) return known.result;
      const detail = `The mutation “${id}” was sent before with other content.`;
      return { id, outcome: 'rejected', problem: problem('id-reused', detail) };
    }
    const result = apply(who, mutation, earlier || unknown);
    if (unknown && result.outcome === 'conflict') return { ...result, reason: 'client-unknown' };
    // The question had no effect, and leaves no answer behind.
    if (earlier) return result;
    // A rejection has no effect that could happen twice; stored, it would outlive its reason.
    if (result.outcome !== 'rejected') {
      outcomes.set(outcomeKey(client, id), { bodyHash: hash, result });
      fresh.push({ client, seq: mutation.seq, bodyHash: hash, result });
    }
    return result;
  };

  const current = (mutation: WireMutation): RowState =>
    rows.get(addressOf(mutation)) ?? { version: 0, value: null };

  const apply = (who: Identity, mutation: WireMutation, unsure: boolean): PushResult => {
    const { id } = mutation;
    const collection = collections.get(mutation.collection);
    const refused = refusal(mutation, collection, who);
    if (refused || !collection) return { id, outcome: 'rejected', problem: refused! };

    const address = addressOf(mutation);
    const row = current(mutation);
    // Its base is from a life that is over, or it may have been applied before: the client makes it
    // anew on this row.
    if (unsure) {
      return { id, outcome: 'conflict', row: seenRow(collection, who, mutation.key, row) };
    }
    const effect = applyMutation(mutation, collection, row, who, floor);
    if (effect.outcome !== 'applied') return { id, ...effect };
    const { version, write, told } = effect;
    if (write) {
      rows.set(address, write);
      const base = writes.get(address)?.base ?? row.version;
      const { collection: name, key } = mutation;
      writes.set(address, { collection: name, key, ...write, base, by: who.subject });
    }
    return { id, outcome: 'applied', version, ...(told ? { value: told } : {}) };
  };

  const results = batch.map((pending) => pending.mutations.map((m) => answer(pending, m)));
  const stale = await tellCollections(tx, workspace, collections, [...writes.values()]);
  const moved = writes.size > 0;
  const [, seq] = await Promise.all([
    writeOutcomes(tx, workspace, fresh),
    moved ? writeRows(tx, workspace, [...writes.values()]) : readCounter(tx, workspace),
  ]);
  return { results, seq, moved, stale };
}

/** Lets each collection do what follows from its changed rows; whether any had to. */
async function tellCollections(
  tx: Queryable,
  workspace: string,
  collections: ReadonlyMap<string, Collection>,
  writes: readonly RowWrite[],
): Promise<boolean> {
  let told = false;
  for (const name of new Set(writes.map(({ collection }) => collection))) {
    const changed = collections.get(name)?.changed;
    if (!changed) continue;
    const keys = writes.filter((write) => write.collection === name).map(({ key }) => key);
    await changed(tx, workspace, keys);
    told = true;
  }
  return told;
}
