/** What an app gives the engine, and what it gets back from synchronising. */
import type { ConflictStrategy, Resolver } from './conflict.js';
import type { Ports } from './ports.js';
import type { Storage } from './storage/storage.js';
import type { Transport } from './transport/transport.js';

export interface EntityConfig {
  /** Who wins where both sides changed the same member. Default `merge`. */
  conflictStrategy?: ConflictStrategy;
  /**
   * The collection is only ever added to, and nothing is pulled. Rows that the server has accepted
   * are kept (to recognise them) or forgotten (to save space).
   */
  append?: 'keep' | 'forget';
}

export interface SyncEngineConfig {
  storage: Storage;
  transport: Transport;
  entities: Record<string, EntityConfig>;
  /** Decides conflicts of entities whose strategy is `manual`; `undefined` parks them. */
  onConflict?: Resolver;
  /** The session has ended. When the promise resolves, synchronising goes on. */
  onAuthRequired?: () => void | Promise<void>;
  /** Tries after which a refused mutation becomes a dead letter. Default: none, for ever. */
  maxRetries?: number;
  /** Gets durations, counts and error codes, never contents. */
  telemetryClient?: { track(event: string, properties: Record<string, unknown>): void };
  /** The world, where it is not the platform's own: tests, React Native. */
  ports?: Partial<Ports>;
}

export interface SyncResult {
  success: boolean;
  pushed: number;
  pulled: number;
  conflicts: number;
  errors: { code: string; message: string }[];
  /** ms since 1970. */
  timestamp: number;
}
