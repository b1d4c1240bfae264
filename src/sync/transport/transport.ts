/** How the engine talks to a backend. Ours is `bytelyst.ts`, any REST backend `rest.ts`. */
import type { PullLine, PushResult, Scopes, Standing, WireMutation } from '../../protocol/index.js';
import type { EntityConfig } from '../config.js';
import type { Clock, Network } from '../ports.js';
import type { Aliases } from '../log/aliases.js';
import type { RowState } from '../log/record.js';

/** The world, for one call: the engine's own network, clock, and the end of its patience. */
export interface Call {
  fetch: Network['fetch'];
  clock: Clock;
  signal: AbortSignal;
  /** Something has arrived: the deadline is for silence, not for the whole. */
  progress(): void;
  /** The mutations were offered in another epoch: see `PushRequest`. */
  earlier?: boolean;
  /** This installation, and the epoch that its rows are from. */
  client: string;
  epoch: string | null;
  entities: Readonly<Record<string, EntityConfig>>;
  /**
   * The server's row as this device knows it; version 0 where it knows none. With a mutation: the
   * row that it was made on.
   */
  known(collection: string, key: string, mutation?: string): RowState;
}

/**
 * Every method rejects with a `SyncError`: `offline`, `timeout` and `busy` are tried again for
 * ever, `auth` pauses, `rejected` is about the request as a whole, `bad-answer` breaks the protocol.
 */
export interface Transport {
  /** Mutations of different lanes travel apart and fail apart. One lane where absent. */
  lane?(collection: string): string;
  /** Every collection has a cursor of its own: pulls ask for one at a time. */
  separate?: boolean;
  /** Tells collections whole, whatever their scope: so they are kept. */
  whole?: boolean;
  /** At most so many mutations in one push. Default 500. */
  batch?: number;
  /** A push and a pull never overlap. For backends that can't say which of two answers is later. */
  exclusive?: boolean;
  /**
   * Where the server may give rows other ids (`PushResult.key`): what remembers the old ones, a new
   * one every time. `(...how) => new Aliases(...how)`.
   */
  aliases?(...how: ConstructorParameters<typeof Aliases>): Aliases;
  /**
   * A result for each mutation, in order. Where the line went dead on the way there may be fewer:
   * what has none is sent again.
   */
  push(mutations: WireMutation[], call: Call): Promise<PushResult[]>;
  /**
   * Everything after the cursor, as lines of the wire protocol; of the collections in `scopes` only
   * what these hold. A line's `text` saves encoding it again for the disk.
   */
  pull(
    cursor: string | null,
    collections: string[],
    call: Call,
    scopes: Scopes,
  ): AsyncIterable<PullLine & { text?: string }>;
  /**
   * The page may end any moment: sends what fits of these events, the oldest first, by a request that
   * goes on without it. Nobody hears what becomes of them, and each may have been sent before or be
   * sent again: the server must know it by its key.
   */
  depart?(
    events: readonly Pick<WireMutation, 'collection' | 'key' | 'value'>[],
    call: Pick<Call, 'fetch' | 'clock'>,
  ): void;
  /** How the server's database stands, for those who pull nothing that would tell them. */
  standing?(call: Call): Promise<Pick<Standing, 'epoch' | 'durable'>>;
  /**
   * Calls `hint` when there may be something to pull; settles when the stream ends, with the ms to
   * wait before the next where the server said so.
   */
  live?(collections: string[], call: Call, hint: () => void): Promise<number | void>;
}
