/**
 * What an app tells its server: `bytelyst.config.ts` exports this, made by `defineConfig`. Every
 * key may be left out; whatever is not said is closed.
 */
import type { Json, StandardSchemaV1 } from '../../protocol/index.js';
import type { AuthConfig } from '../access/auth-config.js';
import type { UserRole, Who } from '../access/identity.js';

/** A row's members and its id. */
export type RowOf<Members> = Members & { id: string };

/** A Standard Schema (zod, valibot, arktype), or a JSON Schema. */
export type RowSchema = StandardSchemaV1 | JsonSchema;

/** https://json-schema.org, draft 07. */
export interface JsonSchema {
  readonly type: 'object';
  readonly [keyword: string]: unknown;
}

/** The members of rows that fit a schema. */
export type MembersOf<Schema> =
  Schema extends StandardSchemaV1<unknown, infer Members> ? Members : Record<string, Json>;

export interface Config<Schemas extends Record<string, RowSchema> = Record<string, RowSchema>> {
  /** The app's own, by name: 1 to 64 letters, digits, `-` and `_`. */
  collections?: { [Name in keyof Schemas]: CollectionConfig<Schemas[Name]> };
  /** By name; workspaces that need nothing said need not be here. */
  workspaces?: Record<string, WorkspaceConfig>;
  /** Whose bearer tokens are taken beside those signed with BYTELYST_SECRET. */
  auth?: AuthConfig;
  /**
   * Origins whose pages may call the server, `https://app.example` for example; never with a
   * cookie. Default: none but the server's own.
   */
  origins?: readonly string[];
  /**
   * Addresses or networks of the proxies before the server: their `X-Forwarded-*` is believed, so
   * that rate limits see the addresses of clients. Default: none.
   */
  trustedProxies?: readonly string[];
  /** Requests in 10 seconds; each node counts by itself. `false` turns all off. */
  rateLimits?: Partial<RateLimits> | false;
  /** What rewords suggestions. Default: nothing does. */
  languageModel?: LanguageModelConfig;
}

export interface CollectionConfig<
  Schema extends RowSchema = RowSchema,
  Members = MembersOf<Schema>,
> {
  /**
   * What a row must look like. A Standard Schema is given the row with its `id`, as on the client, a
   * JSON Schema without. Rows are checked and stored as they came: nothing is coerced, filled in or
   * dropped, and members that the schema doesn't know are refused.
   */
  schema: Schema;
  /** Who sees a row: from this role on, or as the function says of each. Default: nobody. */
  read?: UserRole | ((row: RowOf<Members>, who: Who) => boolean);
  /**
   * Who may make a change: from this role on, or as the function says of each, which is asked with
   * the row before (null for a new one) and after (null for a deletion). Default: nobody.
   */
  write?: UserRole | ((change: ChangeOf<Members>, who: Who) => boolean);
  /** Members that are not for everybody who may read or write the row. */
  members?: { [Name in keyof Members]?: MemberConfig<Members> };
  /**
   * Members by which scoped pulls find their rows without reading the rest of the workspace, at most
   * 5; a scope uses the first that it names. Made and dropped when a server starts. Default: none.
   */
  indexes?: readonly (keyof Members & string)[];
}

export interface ChangeOf<Members> {
  op: 'create' | 'update' | 'replace' | 'delete';
  old: RowOf<Members> | null;
  new: RowOf<Members> | null;
}

export interface MemberConfig<Members> {
  /** The least role that sees it. */
  read?: UserRole;
  /** The least role that may set or change it; others are refused (422). */
  write?: UserRole;
  /** Sets it on every create, update and replace; a client that sends another is refused (422). */
  server?: (change: ChangeOf<Members>, who: Who) => Json | undefined;
}

export interface WorkspaceConfig {
  /** Public keys for events and the config, `bl_write_` and 8 or more letters, digits, - and _. */
  writeKeys?: readonly string[];
  /**
   * Dimensions of exposures that results are told by as well, at most 5: names of what the pages
   * send, `browser` for example. A change counts from then on; for what came before there is
   * `bytelyst rollups rebuild`. Default: none.
   */
  dimensions?: readonly string[];
  /**
   * Lists of values by name, for `$inGroup` and `$notInGroup` in conditions, at most 10,000 each.
   * `GET /v1/config` tells them to every browser: no secrets. Default: none.
   */
  groups?: Readonly<Record<string, readonly (string | number)[]>>;
  /**
   * Whether exposures need a token that `POST /v1/assignments` gave, so that nobody can choose a
   * variant. Default: false.
   */
  assignmentTokens?: boolean;
  /**
   * Days after the last exposure of a phase that is over until the events are deleted that only it
   * needed; its results stay. Default: null, events are kept.
   */
  retentionDays?: number | null;
}

/** Requests in 10 seconds. */
export interface RateLimits {
  /** Pushes of one user. Default: 1,000. */
  push: number;
  /** Batches of events by one key from one address. Default: 1,000. */
  events: number;
  /** Requests for assignments, which decide, by one key from one address. Default: 100. */
  assignments: number;
  /** Attempts to sign in from one address. Default: 10. */
  signIn: number;
}

export interface LanguageModelConfig {
  /** Of a chat completions API, `https://api.example/v1`; nothing else is ever called. */
  baseUrl: string;
  model: string;
  /** The variable of the environment that holds the key. */
  keyVariable: string;
  /** ms to wait for an answer. Default: 10,000. */
  timeout?: number;
}

/** Types the config: rows in policies are what the schemas say. */
export function defineConfig<Schemas extends Record<string, RowSchema>>(
  config: Config<Schemas>,
): Config<Schemas> {
  return config;
}
