/** `bytelyst/sync`: the offline-first runtime. Importing it is safe anywhere, `window` or not. */
export { createSyncEngine } from './engine.js';
export type { SyncEngine } from './engine.js';
export type { Entities, EntityConfig, NewRowOf, RowOf } from './config.js';
export type { SyncEngineConfig, SyncResult } from './config.js';
export type { DeadLetter, ParkedConflict } from './outbox/unresolved.js';
export type { SyncEvents, TraceEntry } from './events.js';
export { SyncError } from './errors.js';
export type { SyncErrorCode } from './errors.js';
export { indexedDBStorage } from './storage/indexeddb.js';
export { memoryStorage } from './storage/memory.js';
export { localStorageStorage } from './storage/local-storage.js';
export { mmkvStorage } from './storage/mmkv.js';
export type { Mmkv } from './storage/mmkv.js';
export { keyValueStorage } from './storage/key-value.js';
export type { KeyValue, KeyValueOptions } from './storage/key-value.js';
export { encryptedStorage, keyFromPassphrase } from './storage/encrypted.js';
export type { EncryptionOptions } from './storage/encrypted.js';
export type {
  Commit,
  Disk,
  LogEntry,
  Position,
  Refusal,
  Revision,
  Snapshot,
  Storage,
  Witness,
} from './storage/storage.js';
export { bytelystTransport } from './transport/bytelyst.js';
export type { BytelystTransportOptions } from './transport/bytelyst.js';
export { restTransport } from './transport/rest.js';
export type { RestTransportOptions } from './transport/rest.js';
export type { RestEntity, RestPage } from './transport/rest-entity.js';
export type { ApiClient, ApiRequest, ApiResponse } from './transport/rest-client.js';
export { createRestSyncEngine } from './rest-engine.js';
export type { RestSyncEngineConfig } from './rest-engine.js';
export type { Call, Transport } from './transport/transport.js';
export { Aliases } from './log/aliases.js';
export type { Conflict, ConflictStrategy, Resolver } from './conflict/conflict.js';
export type { FieldMerge, FieldType, FieldTypes } from './conflict/fields.js';
export type { Dispute } from './conflict/merge.js';
export { mergeText } from './conflict/text.js';
export type { Observable, SubscribeOptions } from './observable.js';
export type { Channel, Clock, Locks, Network, OpenChannel, Ports, Random } from './ports.js';
export type { SchemaIssue, SchemaResult, StandardSchemaV1 } from './schema.js';
export type { AnyRow, Collection, NewRow, OrderBy, Patch, Query, Row, Where } from './types.js';
export type { SyncStatus, Write } from './types.js';
export type { Mutation, RowState } from './log/record.js';
export type { PullLine, PushResult, Scope, WireMutation } from '../protocol/index.js';
