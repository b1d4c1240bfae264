import type { SyncStatus } from '../../sync/types.js';
import type { syncStatusMessages } from '../messages.js';

export type SyncState =
  'idle' | 'saving' | 'syncing' | 'synced' | 'offline' | 'paused' | 'error' | 'conflict';

/** What is shown: one state, one line. */
export interface SyncView {
  state: SyncState;
  text: string;
}

/** Counts that a state's words need. */
export interface SyncCounts {
  pending: number;
  failed: number;
  conflicts: number;
}

type Messages = typeof syncStatusMessages;

/**
 * The worst thing first: a disk that refuses, work the server refused, conflicts, then what the
 * connection does. It never says “saved” while something is pending.
 */
export function viewOfStatus(status: SyncStatus, messages: Messages): SyncView {
  if (status.storage === 'degraded') return { state: 'error', text: messages.degraded };
  return viewOfState(stateOf(status), status, messages);
}

function stateOf(status: SyncStatus): SyncState {
  if (status.failed > 0) return 'error';
  if (status.conflicts > 0) return 'conflict';
  if (status.status !== 'idle' && status.status !== 'syncing') return status.status;
  if (status.pending > 0) return 'saving';
  if (status.status === 'syncing') return 'syncing';
  return status.lastSyncedAt === null ? 'idle' : 'synced';
}

export function viewOfState(state: SyncState, counts: SyncCounts, messages: Messages): SyncView {
  const { pending, failed, conflicts } = counts;
  const text = {
    idle: () => messages.idle,
    synced: () => messages.synced,
    syncing: () => messages.syncing,
    saving: () => messages.saving(pending),
    offline: () => messages.offline(pending),
    paused: () => messages.paused(pending),
    error: () => (failed > 0 ? messages.failed(failed) : messages.error(pending)),
    conflict: () => messages.conflict(conflicts),
  }[state];
  return { state, text: text() };
}
