/** How the engine talks to a backend. Ours is `bytelyst.ts`, any REST backend `rest.ts`. */
import type { PullLine, PushResult, WireMutation } from '../../protocol/index.js';
import type { Clock, Network } from '../ports.js';

/** The world, for one call: the engine's own network, clock, and the end of its patience. */
export interface Call {
  fetch: Network['fetch'];
  clock: Clock;
  signal: AbortSignal;
  /** Something has arrived: the deadline is for silence, not for the whole. */
  progress(): void;
  /** This installation, and the life of the server's database that its rows are from. */
  client: string;
  epoch: string | null;
}

/**
 * Every method rejects with a `SyncError`: `offline`, `timeout` and `busy` are tried again for
 * ever, `auth` pauses, `rejected` is about the request as a whole, `bad-answer` breaks the protocol.
 */
export interface Transport {
  /** Mutations of different lanes travel apart and fail apart. One lane where absent. */
  lane?(collection: string): string;
  /** One result for each mutation, in order. */
  push(mutations: WireMutation[], call: Call): Promise<PushResult[]>;
  /** Everything after the cursor, as lines of the wire protocol. */
  pull(cursor: string | null, collections: string[], call: Call): AsyncIterable<PullLine>;
  /** Calls `hint` when there may be something to pull; settles when the stream ends. */
  live?(collections: string[], call: Call, hint: () => void): Promise<void>;
}
