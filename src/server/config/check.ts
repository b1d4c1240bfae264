/** Checks a config as it was written, and makes what the server runs on of it. */
import { isIP } from 'node:net';
import { isId, isObject } from '../../protocol/index.js';
import { ALGORITHMS, type AuthConfig } from '../access/auth-config.js';
import { isUserRole, USER_ROLES } from '../access/identity.js';
import type { Collection, MemberRule } from '../collections/collection.js';
import { builtIn, standard } from '../collections/index.js';
import { provable } from '../collections/provable.js';
import { isStandardSchema, rowValidator } from '../collections/schema.js';
import { mayCall } from './addresses.js';
import type { LanguageModelConfig, RateLimits, WorkspaceConfig } from './config.js';
import { isLoopback, SettingsError } from './settings.js';

/** A config that was checked, its defaults filled in. */
export interface ServerConfig {
  collections: ReadonlyMap<string, Collection>;
  workspaces: ReadonlyMap<string, WorkspaceConfig>;
  auth: AuthConfig;
  origins: readonly string[];
  trustedProxies: readonly string[];
  /** Null: none. */
  rateLimits: RateLimits | null;
  languageModel: Required<LanguageModelConfig> | null;
}

/**
 * Throws a `SettingsError` that says which key and what it takes; `file` is for its message, `code`
 * names all that was loaded with it.
 */
export function checkConfig(config: unknown, file = 'The config', code?: string): ServerConfig {
  const check = new Check(file);
  const given = check.members(config, '', [
    'collections',
    'workspaces',
    'auth',
    'origins',
    'trustedProxies',
    'rateLimits',
    'languageModel',
  ]);
  const own = check.named(given.collections, 'collections');
  const workspaces = check
    .named(given.workspaces, 'workspaces')
    .map(([name, value]) => [name, readWorkspace(check, `workspaces.${name}`, value)] as const);
  checkKeysDiffer(check, workspaces);
  const collections = own.map(
    ([name, value]) => [name, readCollection(check, name, value, code)] as const,
  );
  const settings = new Map(workspaces);
  const hasTokens = (workspace: string) => settings.get(workspace)?.assignmentTokens === true;
  const all = given.collections === undefined ? standard : new Map([...builtIn, ...collections]);
  return {
    collections: new Map([...all, ['experiments', provable(all.get('experiments')!, hasTokens)]]),
    workspaces: settings,
    auth: readAuth(check, given.auth),
    origins: check.list(given.origins, 'origins', isOrigin, 'origins such as https://app.example'),
    trustedProxies: check.list(
      given.trustedProxies,
      'trustedProxies',
      isNetwork,
      'addresses or networks such as 10.0.0.0/8',
    ),
    rateLimits: readRateLimits(check, given.rateLimits),
    languageModel: readLanguageModel(check, given.languageModel),
  };
}

const ROLE = `a role (${USER_ROLES.join(', ')})`;

function readCollection(
  check: Check,
  name: string,
  value: unknown,
  code: string | undefined,
): Collection {
  const path = `collections.${name}`;
  if (builtIn.has(name)) check.fail(path, 'another name: the server has a collection of this one');
  const given = check.members(value, path, ['schema', 'read', 'write', 'members', 'indexes']);
  const { schema, read, write } = given;
  if (!isStandardSchema(schema) && !isObject(schema)) {
    check.fail(
      `${path}.schema`,
      'a Standard Schema (zod, valibot, arktype) or a JSON Schema',
      schema,
    );
  }
  const isPolicy = (policy: unknown) => isUserRole(policy) || typeof policy === 'function';
  check.optional(read, `${path}.read`, isPolicy, `${ROLE} or a function (row, who) => boolean`);
  check.optional(
    write,
    `${path}.write`,
    isPolicy,
    `${ROLE} or a function (change, who) => boolean`,
  );
  const members = check
    .named(given.members, `${path}.members`, isMember)
    .map(
      ([member, rule]) => [member, readMember(check, `${path}.members.${member}`, rule)] as const,
    );
  let validate;
  try {
    validate = rowValidator(schema);
  } catch (cause) {
    check.fail(`${path}.schema`, `a valid JSON Schema (${(cause as Error).message})`);
  }
  const indexes = readIndexes(check, `${path}.indexes`, given.indexes, schema);
  return {
    validate,
    ...(code !== undefined && { code }),
    ...(indexes.length && { indexes }),
    ...(members.length && { members: new Map(members) }),
    // Checked above; what a function is given is what the schema let pass.
    ...(read !== undefined && { read: read as NonNullable<Collection['read']> }),
    ...(write !== undefined && { write: write as NonNullable<Collection['write']> }),
  };
}

function readIndexes(
  check: Check,
  path: string,
  value: unknown,
  schema: object,
): readonly string[] {
  const indexes = check.list(value, path, isMember, 'names of members');
  if (indexes.length > 5) check.fail(path, 'at most 5 members: each makes every write dearer');
  const twice = indexes.find((name, i) => indexes.indexOf(name) !== i);
  if (twice !== undefined) check.fail(path, 'each member once', twice);
  const { properties, additionalProperties } = schema as Record<string, unknown>;
  const closed = !isStandardSchema(schema) && additionalProperties === false;
  const known = closed && isObject(properties) ? Object.keys(properties) : null;
  const isKnown = (name: string) => name !== 'id' && (known?.includes(name) ?? true);
  const wrong = indexes.find((name) => !isKnown(name));
  if (wrong !== undefined) check.fail(path, 'members that the schema knows, and not “id”', wrong);
  return indexes;
}

function readMember(check: Check, path: string, value: unknown): MemberRule {
  const { read, write, server } = check.members(value, path, ['read', 'write', 'server']);
  check.optional(read, `${path}.read`, isUserRole, ROLE);
  check.optional(write, `${path}.write`, isUserRole, ROLE);
  const isFunction = (given: unknown) => typeof given === 'function';
  check.optional(server, `${path}.server`, isFunction, 'a function (change, who) => value');
  return value as MemberRule;
}

function readWorkspace(check: Check, path: string, value: unknown): WorkspaceConfig {
  const { writeKeys, dimensions, groups, assignmentTokens, retentionDays } = check.members(
    value,
    path,
    ['writeKeys', 'dimensions', 'groups', 'assignmentTokens', 'retentionDays'],
  );
  const isKey = (key: unknown) => typeof key === 'string' && /^bl_write_[\w-]{8,100}$/.test(key);
  check.list(writeKeys, `${path}.writeKeys`, isKey, 'keys such as bl_write_a8f03c51');
  const names = check.list(dimensions, `${path}.dimensions`, isMember, 'names of dimensions');
  if (names.length > 5) check.fail(`${path}.dimensions`, 'at most 5 names');
  const isValue = (member: unknown) =>
    typeof member === 'string' ? member.length <= 200 : Number.isFinite(member);
  for (const [name, values] of check.named(groups, `${path}.groups`, isMember)) {
    const members = check.list(values, `${path}.groups.${name}`, isValue, 'texts or numbers');
    if (members.length > 10_000) check.fail(`${path}.groups.${name}`, 'at most 10,000 values');
  }
  const isSwitch = (given: unknown) => typeof given === 'boolean';
  check.optional(assignmentTokens, `${path}.assignmentTokens`, isSwitch, 'true or false');
  const isDays = (days: unknown) =>
    days === null || (Number.isSafeInteger(days) && (days as number) > 0);
  check.optional(retentionDays, `${path}.retentionDays`, isDays, 'a whole number of days, or null');
  return value as WorkspaceConfig;
}

function checkKeysDiffer(
  check: Check,
  workspaces: readonly (readonly [string, WorkspaceConfig])[],
): void {
  const seen = new Set<string>();
  for (const [name, { writeKeys = [] }] of workspaces) {
    for (const key of writeKeys) {
      if (seen.has(key)) {
        check.fail(`workspaces.${name}.writeKeys`, 'keys that no other workspace has', key);
      }
      seen.add(key);
    }
  }
}

function readAuth(check: Check, value: unknown = {}): AuthConfig {
  const keys = ['jwks', 'issuer', 'audience', 'algorithms', 'claims'];
  const given = check.members(value, 'auth', keys);
  check.optional(given.jwks, 'auth.jwks', isSafeUrl, 'https://…, or http://… on this machine');
  check.optional(given.issuer, 'auth.issuer', isText, 'what tokens say in “iss”');
  check.optional(given.audience, 'auth.audience', isText, 'what tokens say in “aud”');
  if (given.jwks !== undefined && (!given.issuer || !given.audience)) {
    check.fail('auth', 'issuer and audience beside jwks: its keys sign tokens for others too');
  }
  const isAlgorithm = (name: unknown) => ALGORITHMS.some((algorithm) => algorithm === name);
  check.list(given.algorithms, 'auth.algorithms', isAlgorithm, `some of ${ALGORITHMS.join(', ')}`);
  const claims = check.members(given.claims ?? {}, 'auth.claims', ['workspace', 'role']);
  for (const [name, claim] of Object.entries(claims)) {
    check.optional(claim, `auth.claims.${name}`, isText, 'the name of a claim');
  }
  return value as AuthConfig;
}

function readRateLimits(check: Check, value: unknown = {}): RateLimits | null {
  if (value === false) return null;
  const given = check.members(value, 'rateLimits', ['push', 'events', 'assignments', 'signIn']);
  for (const [name, limit] of Object.entries(given)) {
    const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) > 0;
    check.optional(limit, `rateLimits.${name}`, isCount, 'a whole number of requests, at least 1');
  }
  return { push: 1_000, events: 1_000, assignments: 100, signIn: 10, ...given };
}

function readLanguageModel(check: Check, value: unknown): Required<LanguageModelConfig> | null {
  if (value === undefined) return null;
  const keys = ['baseUrl', 'model', 'keyVariable', 'timeout'];
  const given = check.members(value, 'languageModel', keys);
  const { baseUrl, model, keyVariable, timeout = 10_000 } = given;
  if (!isSafeUrl(baseUrl)) {
    check.fail('languageModel.baseUrl', 'https://…, or http://… on this machine', baseUrl);
  }
  if (!isText(model)) check.fail('languageModel.model', 'the name of a model', model);
  if (!isText(keyVariable)) {
    check.fail('languageModel.keyVariable', 'the name of a variable', keyVariable);
  }
  const isTimeout = (ms: unknown) => Number.isSafeInteger(ms) && (ms as number) > 0;
  check.optional(timeout, 'languageModel.timeout', isTimeout, 'milliseconds, at least 1');
  return { baseUrl, model, keyVariable, timeout: timeout as number };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 200;
}

function isMember(name: unknown): boolean {
  return typeof name === 'string' && /^[\w-]{1,64}$/.test(name);
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value;
}

/** Keys and answers must come from whom we mean. */
function isSafeUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !mayCall(host, false)) return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isNetwork(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [address = '', bits] = value.split('/', 2);
  const version = isIP(address);
  if (!version) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

/** Says where in the config something does not fit. */
class Check {
  constructor(readonly file: string) {}

  fail(path: string, takes: string, value?: unknown): never {
    const not = value === undefined ? '' : `, not ${show(value)}`;
    throw new SettingsError(`${this.file}: ${path || 'it'} takes ${takes}${not}.`);
  }

  optional(value: unknown, path: string, is: (value: unknown) => boolean, takes: string): void {
    if (value !== undefined && !is(value)) this.fail(path, takes, value);
  }

  /** An object with no other keys than these. */
  members(value: unknown, path: string, known: readonly string[]): Record<string, unknown> {
    if (!isObject(value)) this.fail(path, `an object with ${known.join(', ')}`, value);
    const wrong = Object.keys(value).find((key) => !known.includes(key));
    if (wrong === undefined) return value;
    const name = path ? `${path}.${wrong}` : wrong;
    throw new SettingsError(`${this.file}: there is no ${name}. Known here: ${known.join(', ')}.`);
  }

  /** The entries of an object whose keys are names. */
  named(value: unknown, path: string, isName: (name: unknown) => boolean = isId) {
    if (value === undefined) return [];
    if (!isObject(value)) this.fail(path, 'an object by name', value);
    const wrong = Object.keys(value).find((name) => !isName(name));
    if (wrong !== undefined) this.fail(path, 'names of 1 to 64 letters, digits, - and _', wrong);
    return Object.entries(value);
  }

  list(
    value: unknown,
    path: string,
    is: (value: unknown) => boolean,
    takes: string,
  ): readonly string[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) this.fail(path, `a list of ${takes}`, value);
    for (const item of value) if (!is(item)) this.fail(path, takes, item);
    return value as string[];
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return `“${value.slice(0, 100)}”`;
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
  return typeof value === 'function' ? 'a function' : String(value);
}
