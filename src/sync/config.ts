/** What an app gives the engine, and what it gets back from synchronising. */
import type { JsonObject, Scope } from '../protocol/index.js';
import type { ConflictStrategy, Resolver } from './conflict/conflict.js';
import type { FieldTypes } from './conflict/fields.js';
import type { Ports } from './ports.js';
import type { StandardSchemaV1 } from './schema.js';
import type { Storage } from './storage/storage.js';
import type { Transport } from './transport/transport.js';
import type { AnyRow, NewRow, Row } from './types.js';

export interface EntityConfig {
  /**
   * What a row is, id included, in zod, valibot, arktype or whatever speaks Standard Schema. It
   * types the collection, checks what is written here, and fills in the defaults of a new row. It
   * must answer at once, and take in again what it puts out.
   */
  schema?: StandardSchemaV1;
  /**
   * Members that queries are often about, each a dotted path or several with `+` in between:
   * `['status', 'status+due']`. What `where` asks of them (a value, `$in`, a range) is looked up, and
   * `orderBy` with a `limit` reads no more than it shows.
   */
  indexes?: readonly string[];
  /**
   * Only a part of the collection is kept on this device: rows whose members equal these, in any of
   * several scopes, and in those that `sync.scopes.add` names. Default: the whole collection.
   */
  scope?: Scope | readonly Scope[];
  /** Where a REST backend has its rows, below the base URL: `/notes`. Default: the entity's name. */
  endpoint?: string;
  /** Who wins where both sides changed the same member. Default `merge`. */
  conflictStrategy?: ConflictStrategy;
  /**
   * Members whose changes on both sides go together, whatever the strategy:
   * `{ likes: 'counter', tags: 'set', body: mergeText, 'stats.best': (base, a, b) => Math.max(a, b) }`.
   */
  fields?: FieldTypes;
  /**
   * The collection is only ever added to, and nothing is pulled. Rows that the server has accepted
   * are kept (to recognise them) or forgotten (to save space).
   */
  append?: 'keep' | 'forget';
  /**
   * Members that hold the key of a row of another entity: `{ project: 'projects' }`. That row's
   * create goes to the server first, and its deletion after this one's; when the server gives it
   * another id, these members follow.
   */
  dependsOn?: Record<string, string>;
  /**
   * The member, or a function of the row, that names a group: writes of one group go one after the
   * other, across rows. Without one, order is kept per row.
   */
  group?: string | ((row: AnyRow) => unknown);
  /** The shape that this code gives the entity's rows, counted from 1. Default 1. */
  version?: number;
  /**
   * Brings a row to a version from the one before: `{ 2: (row) => ({ ...row, done: false }) }`. Rows
   * and pending changes on this device pass through all they have missed. Must be pure.
   */
  migrations?: Record<number, (row: Row & JsonObject) => JsonObject>;
}

/** The collections of an engine, by name. */
export type Entities = Record<string, EntityConfig>;

/** The rows of an entity, by its schema. */
export type RowOf<C> = C extends { schema: StandardSchemaV1<infer _, infer Output> }
  ? Output extends Row
    ? Output
    : Output & Row
  : AnyRow;

/** The names of the entities that have no schema. */
export type WithoutSchema<E extends Entities> = {
  [N in keyof E & string]: E[N] extends { schema: StandardSchemaV1 } ? never : N;
}[keyof E & string];

/** What `create` takes, by the entity's schema. */
export type NewRowOf<C> = C extends { schema: StandardSchemaV1<infer Input> }
  ? NewRow<Input>
  : NewRow<AnyRow>;

export interface SyncEngineConfig<E extends Entities = Entities> {
  storage: Storage;
  transport: Transport;
  entities: E;
  /**
   * Who is signed in: everybody has a database of their own on this device. Default: nobody. See
   * `setUser`.
   */
  user?: string | null;
  /** Decides conflicts of entities whose strategy is `manual`; `undefined` parks them. */
  onConflict?: Resolver;
  /**
   * The session has ended. When the promise resolves, synchronising goes on; when it rejects, it is
   * asked for again, after some seconds, then later and later, and when the network is back.
   */
  onAuthRequired?: () => void | Promise<void>;
  /** Tries after which a refused mutation becomes a dead letter. Default: none, for ever. */
  maxRetries?: number;
  /** Ceiling of the first wait after a failure, in ms; it doubles up to a minute. Default 500. */
  retryDelayMs?: number;
  /** Gets durations, counts and error codes, never contents. */
  telemetryClient?: { track(event: string, properties: Record<string, unknown>): unknown };
  /** The world, where it is not the platform's own: tests, React Native. */
  ports?: Partial<Ports>;
}

export interface SyncResult {
  success: boolean;
  pushed: number;
  pulled: number;
  conflicts: number;
  /** What still waits: offline, put off by the server, or behind a dead letter or a parked conflict. */
  pending: number;
  errors: { code: string; message: string }[];
  /** ms since 1970. */
  timestamp: number;
}
