import type { Problem } from '../protocol/index.js';
import type { SyncResult } from './config.js';

/** Every error of the runtime has one of these codes; docs/errors.md says what to do about each. */
export type SyncErrorCode =
  /** The engine was closed. */
  | 'closed'
  /** No such entity in the engine's configuration. */
  | 'unknown-collection'
  /** What was given can't be: a row that is not JSON, an option that is none. Nothing was done. */
  | 'invalid'
  /** A row, dead letter or parked conflict that is not there. */
  | 'not-found'
  /** Create with an id that is taken. */
  | 'already-exists'
  /** The disk is full. */
  | 'quota'
  /** The disk refuses; reopening it once did not help. */
  | 'storage'
  /** A newer version of the app has written to this device's database; reload the page. */
  | 'outdated'
  /** A migration failed; nothing was changed. */
  | 'migration'
  /** Something on the disk can't be read any more; what can be was kept. */
  | 'corrupt'
  /** There is no such storage on this platform. */
  | 'unavailable'
  /** Another tab holds an older version of the database open. */
  | 'blocked'
  /** The database is encrypted with another key, or not at all. */
  | 'wrong-key'
  /** The database of an earlier visit is gone. */
  | 'storage-lost'
  /** The network or the server is not to be had. */
  | 'offline'
  /** The server took too long. */
  | 'timeout'
  /** Nobody waits any more: the signal given to `flush`, `pull` or `fullSync` was aborted. */
  | 'aborted'
  /** The server asks for patience (408, 425, 429, 5xx). */
  | 'busy'
  /** The session has ended, or is not that of the user whose work this is; sign in again. */
  | 'auth'
  /** The server's answer breaks the protocol. */
  | 'bad-answer'
  /** The server refused the write for good; it is a dead letter now. */
  | 'rejected'
  /** Somebody else's change won by the entity's conflict strategy. */
  | 'overruled'
  /** This tab slept while so much ended that nobody knows any longer how this write did. */
  | 'unknown-outcome'
  /** The write was given up by `discard` or `clearQueue`. */
  | 'discarded';

export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: SyncErrorCode;
  /** The server's own words, where it spoke. */
  readonly problem?: Problem;
  /** ms to wait before the next try, where the server said so. */
  readonly retryAfter?: number;

  constructor(
    code: SyncErrorCode,
    message: string,
    more: { cause?: unknown; problem?: Problem | undefined; retryAfter?: number | undefined } = {},
  ) {
    super(message, 'cause' in more ? { cause: more.cause } : undefined);
    this.code = code;
    if (more.problem) this.problem = more.problem;
    if (more.retryAfter !== undefined) this.retryAfter = more.retryAfter;
  }
}

/** What a status or a result tells of an error: data, that another tab can be told too. */
export function told({
  code,
  message,
}: SyncResult['errors'][number]): SyncResult['errors'][number] {
  return { code, message };
}

/** Bad input: what was wrong, and what to give instead. Nothing was done. */
export function invalid(message: string, cause?: unknown): SyncError {
  return new SyncError('invalid', message, cause === undefined ? {} : { cause });
}
