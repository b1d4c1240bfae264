/**
 * `POST /v1/sync/push`: mutations in order, each answered for itself, all of a transaction's rows
 * compared and set at once. Pushes of one workspace have to queue at its counter anyway, so those
 * that wait share the next transaction.
 */
import type { PushRequest, PushResponse } from '../../protocol/index.js';
import { pushRequestSchema } from '../../protocol/schemas.js';
import type { Identity } from '../access/identity.js';
import type { Collection } from '../collections/index.js';
import type { Database } from '../database/database.js';
import {
  checkEpoch,
  type DatabaseIdentity,
  EpochMovedError,
  refreshIdentity,
} from '../database/identity.js';
import { gathering } from '../gathering.js';
import { ProblemError, unfitRequest } from '../problem-error.js';
import { validator } from '../validate.js';
import { applyBatch, type BatchedPush, readKnown } from './batch.js';
import { foreignClaims } from './clients.js';

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

/** What a committed push tells the rest of the server. */
export interface PushListener {
  /** The workspace's counter now stands here. */
  rowsChanged(workspace: string, seq: number): void;
  /** Experiments or metrics among the rows: results have to be made anew. */
  resultsStale(): void;
}

interface Pending extends BatchedPush {
  /** The life of the database that the bases are from. */
  epoch: string | undefined;
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
  const add = gathering<Pending>({
    most: TRANSACTION_MUTATIONS,
    sizeOf: ({ mutations }) => mutations.length,
    work: pushBatch,
  });

  async function pushBatch(workspace: string, taken: Pending[]): Promise<readonly Pending[]> {
    const batch = taken.filter((pending) => {
      if (isOf(identity.epoch, pending)) return true;
      pending.reject(epochChanged());
      return false;
    });
    if (!batch.length) return [];
    try {
      const { foreign, results, seq, moved, stale } = await database
        .forWorkspace(workspace)
        .transaction(async (tx) => {
          // What does not depend on one another is sent together.
          const [, others, known] = await Promise.all([
            checkEpoch(tx, identity),
            foreignClaims(tx, workspace, batch),
            readKnown(tx, workspace, batch),
          ]);
          const own = batch.filter((pending) => !others.has(pending));
          return { foreign: others, ...(await applyBatch(tx, workspace, collections, own, known)) };
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
      if (failure === null) return batch;
      for (const pending of batch) pending.reject(failure);
    }
    return [];
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
      add(who.workspace, { who, client, epoch, earlier, mutations, resolve, reject });
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
