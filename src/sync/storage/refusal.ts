/** What a disk’s own error means to an app, and what no database can be called. */
import { invalid, SyncError } from '../errors.js';

/**
 * `quota` for a full disk, by whatever name it comes: QuotaExceededError, Firefox’
 * NS_ERROR_DOM_QUOTA_REACHED, SQLite’s “database or disk is full”. Everything else is `storage`.
 */
export function storageError(error: unknown): SyncError {
  if (error instanceof SyncError) return error;
  const full = error instanceof Error && /quota|disk is full/i.test(error.name + error.message);
  const [code, message] = full
    ? (['quota', 'The disk is full; free some space. What was written is safe.'] as const)
    : (['storage', 'This device’s storage refuses to work; reload the page.'] as const);
  return new SyncError(code, message, { cause: error });
}

/** For disks that were closed, by whatever is still under way. */
export function closedError(): SyncError {
  return new SyncError('closed', 'The engine was closed; make a new one.');
}

/** What is on the disk was written by a newer version of the app. */
export function outdatedError(cause?: unknown): SyncError {
  return new SyncError('outdated', 'A newer version of this app is in use here; reload the page.', {
    cause,
  });
}

/** The name of a database or a user; without one, a user's would be somebody else's. */
export function checkName(name: unknown): string {
  if (typeof name === 'string') return name;
  throw invalid('A database and its user have names: texts.');
}
