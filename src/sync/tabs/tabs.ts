/** What the tabs of one database tell each other. A message is input: anybody on the origin can post. */
import { isObject } from '../../protocol/index.js';
import type { SyncResult } from '../config.js';
import type { SyncStatus } from '../types.js';

/** What only the leader knows, because only it talks to the server. */
export type LeaderStatus = Pick<SyncStatus, 'status' | 'lastError' | 'lastSyncedAt' | 'progress'>;

export type Message =
  /**
   * The record as text, as it is on the disk; a large one is only announced, to be read there. `life`
   * names the database: a tab that knows another one must look what became of it.
   */
  | { type: 'commit'; life: string; rev: number; record?: string }
  /** What the leader knows: when it changes, and when asked. */
  | { type: 'leader'; status: LeaderStatus }
  /**
   * The leader's sign of life: every few seconds, and when asked. Only ever sent by a timer: a frozen
   * tab of Chromium still gets messages and can answer them, and nothing else. `speaksFor` names what
   * it sends and fetches: its entities, and as `name/*` those that it keeps whole.
   */
  | { type: 'alive'; speaksFor: string[] }
  /** A tab begins to lead: whoever asked before may ask again. */
  | { type: 'lead' }
  /** The leader leaves. */
  | { type: 'bye' }
  /** The database is about to be deleted: let go of it, write nothing more. */
  | { type: 'destroy' }
  /** A tab asks whoever leads for its status: it has just opened, or has not heard of it for long. */
  | { type: 'hello' }
  /** A follower asks the leader to talk to the server now; the answer bears the same id. */
  | { type: 'sync'; id: string }
  | { type: 'synced'; id: string; result: SyncResult };

export function isMessage(value: unknown): value is Message {
  if (!isObject(value)) return false;
  switch (value.type) {
    case 'commit':
      return (
        typeof value.life === 'string' &&
        Number.isSafeInteger(value.rev) &&
        ['string', 'undefined'].includes(typeof value.record)
      );
    case 'leader':
      return isObject(value.status) && typeof value.status.status === 'string';
    case 'alive':
      return Array.isArray(value.speaksFor);
    case 'lead':
    case 'bye':
    case 'destroy':
    case 'hello':
      return true;
    case 'sync':
      return typeof value.id === 'string';
    case 'synced':
      return typeof value.id === 'string' && isObject(value.result);
    default:
      return false;
  }
}
