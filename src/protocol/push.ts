import { isId, isObject, isVersion, type JsonObject } from './json.js';
import type { Problem } from './problem.js';

/**
 * `POST /v1/sync/push`: mutations in order, each answered for itself, one transaction a batch,
 * exactly once by (workspace, client, id): a repeat gets its first answer.
 */
export interface PushRequest {
  /** The installation that sends; one per local database. */
  client: string;
  /**
   * The life of the database that the bases are from; absent before the first pull. Another one
   * is refused as a whole (`epoch-changed`): versions mean nothing across a restore.
   */
  epoch?: string;
  /**
   * The mutations were offered to an earlier life of the database, which may have accepted them.
   * Those that survived get their first answer; to the others their bases mean nothing any more,
   * so each is a `conflict` with the row as it stands, and has no effect.
   */
  earlier?: boolean;
  mutations: WireMutation[];
}

export type Operation = 'create' | 'update' | 'replace' | 'delete';

export interface WireMutation {
  /** Idempotency key for life: the same id is never sent with another body. */
  id: string;
  /** The client's own count, ascending. */
  seq: number;
  collection: string;
  key: string;
  op: Operation;
  /** The row's version this was made on; 0 for a row that the client believes is new. */
  base: number;
  /** Whole row of a create or replace; its id is `key`, not a member. */
  value?: JsonObject;
  /** Changed members of an update; `null` is a value; to remove a member takes a replace. */
  patch?: JsonObject;
  /** When, by the client's hybrid logical clock (`src/sync/ids.ts`); for humans and audits. */
  at: string;
}

export interface PushResponse extends Standing {
  /** One for each mutation, in order. */
  results: PushResult[];
}

/** What an answer says about how safe it is. */
export interface Standing {
  /** The life of the database. */
  epoch: string;
  /** Once `durable` is here, no power cut and no restored backup takes back what was answered. */
  seq: number;
  /** The counter up to which the database has reached the disk, or every backup. */
  durable: number;
}

/** A version that can only be compared for equality: an HTTP `ETag`, a version member's value. */
export type Etag = string | number;

/** Where an acceptance stands that a power cut may still undo, until `durable` has passed it. */
export interface Undurable {
  epoch: string;
  seq: number;
}

export type PushResult = Outcome & {
  /** Made by the transport, never on the wire: the answer's epoch, where the client knew none. */
  epoch?: string;
};

type Outcome =
  | {
      id: string;
      outcome: 'applied';
      version: number;
      /** Where the server does not take the client's: the row's id from now on. */
      key?: string;
      /** The row as the server has it now, where it is more than what was sent. */
      value?: JsonObject;
      etag?: Etag;
      /** Made by the transport, never on the wire: the answer's `seq`, where it is not yet durable. */
      undurable?: Undurable;
    }
  /** `base` was stale: the server's row as it stands (`value` is null when it is deleted). */
  | {
      id: string;
      outcome: 'conflict';
      row: { version: number; value: JsonObject | null; etag?: Etag };
      /**
       * `client-unknown`: the server has forgotten what it answered this client so long ago, so the
       * mutation may have been applied already. The client makes it anew on the row.
       */
      reason?: 'client-unknown';
    }
  | { id: string; outcome: 'rejected'; problem: Problem };

/** The client's guard: a server's answer is input too. `sent` is what it answers. */
export function isPushResponse(
  value: unknown,
  sent: readonly Pick<WireMutation, 'id' | 'op' | 'base'>[],
): value is PushResponse {
  return (
    isObject(value) &&
    isStanding(value) &&
    Array.isArray(value.results) &&
    value.results.length === sent.length &&
    value.results.every((result, i) => isPushResult(result, sent[i]!))
  );
}

export function isStanding({ epoch, seq, durable }: Record<string, unknown>): boolean {
  return typeof epoch === 'string' && Number.isSafeInteger(seq) && Number.isSafeInteger(durable);
}

function isPushResult(
  value: unknown,
  { id, op, base }: Pick<WireMutation, 'id' | 'op' | 'base'>,
): value is PushResult {
  if (!isObject(value) || value.id !== id) return false;
  switch (value.outcome) {
    case 'applied':
      return (
        // Deleting a row that never was leaves it at none.
        isVersion(value.version, Math.max(base, op === 'delete' ? 0 : 1)) &&
        (value.key === undefined || isId(value.key)) &&
        (value.value === undefined || isObject(value.value))
      );
    case 'conflict':
      return (
        isObject(value.row) &&
        (value.row.value === null || isObject(value.row.value)) &&
        isVersion(value.row.version, value.row.value === null ? 0 : 1)
      );
    case 'rejected':
      return isObject(value.problem) && typeof value.problem.code === 'string';
    default:
      return false;
  }
}
