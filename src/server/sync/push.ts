/**
 * `POST /v1/sync/push`: mutations in order, each answered for itself, all of a transaction's rows
 * compared and set at once. Pushes of one workspace have to queue at its counter anyway, so those
 * that wait share the next transaction.
 */
import {
  problem,
  type PushRequest,
  type PushResponse,
  type PushResult,
  type WireMutation,
} from '../../protocol/index.js';
import { pushRequestSchema } from '../../protocol/schemas.js';
import type { Identity } from '../access/identity.js';
import type { Collection } from '../collections/index.js';
import type { Database, Queryable } from '../database/database.js';
import {
  checkEpoch,
  type DatabaseIdentity,
  EpochMovedError,
  refreshIdentity,
} from '../database/identity.js';
import { invalid, ProblemError, unfitRequest } from '../problem-error.js';
import { type Fault, validator } from '../validate.js';
import { applyMutation, refusal, seenRow } from './apply.js';
import { foreignClaims } from './clients.js';
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
  type RowState,
  type RowWrite,
  writeRows,
} from './rows.js';

/** Mutations of one transaction, over all requests that share it. */
const TRANSACTION_MUTATIONS = 2_000;

const FOREIGN =
  'This device’s unsent work belongs to another user. Sign in as that user to send it.';

const { properties } = pushRequestSchema;
const validateRequest = validator({
  ...pushRequestSchema,
  properties: {
    ...properties,
    // Only what it takes to answer each mutation by itself.
    mutations: {
      ...properties.mutations,
      items: {
        type: 'object',
        required: ['id'],
        properties: { id: properties.mutations.items.properties.id },
      },
    },
  },
});
const validateMutation = validator(properties.mutations.items);

/** What a committed push tells the rest of the server. */
export interface PushListener {
  /** The workspace's counter now stands here. */
  rowsChanged(workspace: string, seq: number): void;
  /** Experiments or metrics among the rows: results have to be made anew. */
  resultsStale(): void;
}

interface Pending {
  who: Identity;
  client: string;
  /** The life of the database that the bases are from. */
  epoch: string | undefined;
  /** Offered to an earlier life of the database: only what survived of them is known here. */
  earlier: boolean;
  mutations: readonly WireMutation[];
  resolve: (response: PushResponse) => void;
  reject: (error: unknown) => void;
}

export type Push = (who: Identity, body: unknown) => Promise<PushResponse>;

/**
 * The handler; throws a `ProblemError` when the request as a whole does not fit, or its bases are
 * from another life of the database (`epoch-changed`), or its client is another user's (`other-user`).
 */
export function createPush(
  database: Database,
  identity: DatabaseIdentity,
  collections: ReadonlyMap<string, Collection>,
  listener: PushListener,
): Push {
  const queues = new Map<string, Pending[]>();

  async function drain(workspace: string, queue: Pending[]): Promise<void> {
    const store = database.forWorkspace(workspace);
    while (queue.length) {
      const taken = take(queue);
      const batch = taken.filter((pending) => {
        if (isOf(identity.epoch, pending)) return true;
        pending.reject(epochChanged());
        return false;
      });
      if (!batch.length) continue;
      try {
        const { foreign, results, seq, moved, stale } = await store.transaction(async (tx) => {
          const faultsOf = checkMutations(batch);
          // Sent together. Rows before outcomes: whoever sees the effect of a mutation must also
          // see its answer.
          const wellFormed = wellFormedOf(batch, faultsOf);
          const [, others, rows, outcomes] = await Promise.all([
            checkEpoch(tx, identity),
            foreignClaims(tx, workspace, batch),
            readRows(tx, workspace, wellFormed),
            readOutcomes(tx, workspace, wellFormed),
          ]);
          const own = batch.filter((pending) => !others.has(pending));
          const known = { faultsOf, rows, outcomes };
          return { foreign: others, ...(await pushAll(tx, workspace, collections, own, known)) };
        });
        if (moved) listener.rowsChanged(workspace, seq);
        if (stale) listener.resultsStale();
        const { epoch } = identity;
        const standing = { epoch, seq, durable: await database.durableSeq(workspace, seq) };
        for (const pending of batch) {
          if (foreign.has(pending)) pending.reject(new ProblemError('other-user', FOREIGN));
          else pending.resolve({ results: results.shift()!, ...standing });
        }
      } catch (error) {
        const failure = error instanceof EpochMovedError ? await refresh() : error;
        // Nothing was stored: those that name the epoch which has begun are tried again.
        if (failure === null) queue.unshift(...batch);
        else for (const pending of batch) pending.reject(failure);
      }
    }
    queues.delete(workspace);
  }

  /** What went wrong, or null. */
  const refresh = (): Promise<unknown> =>
    refreshIdentity(database, identity).then(
      () => null,
      (error: unknown) => error,
    );

  return (who, body) => {
    const faults = validateRequest(body);
    if (faults.length) throw unfitRequest(faults);
    const { client, epoch, earlier = false, mutations } = body as PushRequest;
    if (!isOf(identity.epoch, { epoch })) throw epochChanged();
    return new Promise((resolve, reject) => {
      const pending = { who, client, epoch, earlier, mutations, resolve, reject };
      const queue = queues.get(who.workspace);
      if (queue) {
        queue.push(pending);
        return;
      }
      const own = [pending];
      queues.set(who.workspace, own);
      void drain(who.workspace, own);
    });
  };
}

/** Whether the bases of a push are from this epoch, as far as it says. */
function isOf(current: string, { epoch }: Pick<Pending, 'epoch'>): boolean {
  return epoch === undefined || epoch === current;
}

function epochChanged(): ProblemError {
  const detail = 'The versions these changes were made on are not from this database: pull.';
  return new ProblemError('epoch-changed', detail);
}

/** The head of the queue, as much of it as a transaction takes. */
function take(queue: Pending[]): Pending[] {
  let count = 0;
  const end = queue.findIndex(({ mutations }, i) => {
    count += mutations.length;
    return i > 0 && count > TRANSACTION_MUTATIONS;
  });
  return queue.splice(0, end === -1 ? queue.length : end);
}

interface Pushed {
  /** By request. */
  results: PushResult[][];
  /** Where the counter stands, and whether this moved it. */
  seq: number;
  moved: boolean;
  /** Whether results have to be made anew. */
  stale: boolean;
}

/** What is known of the mutations of a batch before they are applied. */
interface Known {
  faultsOf: ReadonlyMap<WireMutation, Fault[]>;
  rows: Map<string, RowState>;
  outcomes: Map<string, StoredOutcome | 'forgotten'>;
}

function checkMutations(batch: readonly Pending[]): Known['faultsOf'] {
  return new Map(
    batch.flatMap(({ mutations }) => mutations.map((m) => [m, validateMutation(m)] as const)),
  );
}

function wellFormedOf(batch: readonly Pending[], faultsOf: Known['faultsOf']) {
  return batch.flatMap(({ client, mutations }) =>
    mutations
      .filter((mutation) => !faultsOf.get(mutation)!.length)
      .map(({ id, seq, collection, key }) => ({ client, id, seq, collection, key })),
  );
}

async function pushAll(
  tx: Queryable,
  workspace: string,
  collections: ReadonlyMap<string, Collection>,
  batch: readonly Pending[],
  { faultsOf, rows, outcomes }: Known,
): Promise<Pushed> {
  const fresh: Parameters<typeof writeOutcomes>[2][number][] = [];
  const writes = new Map<string, RowWrite>();

  const answer = ({ who, client, earlier }: Pending, mutation: WireMutation): PushResult => {
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
    const effect = applyMutation(mutation, collection, row, who);
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
