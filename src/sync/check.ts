/**
 * Whether what an app gives the engine can be, told at once and in its words: a typing error in the
 * configuration would otherwise show later, as something that does not synchronise.
 */
import { FORBIDDEN_KEYS, isId, isObject, isScope } from '../protocol/index.js';
import type { EntityConfig, SyncEngineConfig } from './config.js';
import { invalid } from './errors.js';

/** What an option must be, and how that is said. */
type Rule = readonly [fits: (value: unknown) => boolean, is: string];

const FUNCTION: Rule = [isFunction, 'a function'];
const USER: Rule = [
  (value) => value === null || isName(value),
  'a text that is not empty, or null',
];

const ENGINE: Record<keyof SyncEngineConfig, Rule> = {
  storage: [
    (value) => has(value, 'open', 'destroy'),
    'a storage, indexedDBStorage(name) for example',
  ],
  transport: [
    (value) => has(value, 'push', 'pull'),
    'a transport, bytelystTransport() for example',
  ],
  entities: [isObject, 'an object: { tasks: {} }'],
  user: USER,
  onConflict: FUNCTION,
  onAuthRequired: FUNCTION,
  maxRetries: [(value) => value === Infinity || isCount(value), 'a whole number from 0'],
  retryDelayMs: [(value) => Number.isFinite(value) && (value as number) >= 0, 'ms, from 0'],
  telemetryClient: [(value) => value === null || has(value, 'track'), 'an object with track()'],
  ports: [isObject, 'an object'],
};

const STRATEGIES = ['merge', 'last-write-wins', 'server-wins', 'client-wins', 'manual'];

const ENTITY: Record<keyof EntityConfig, Rule> = {
  schema: [
    (value) => has((value as Partial<EntityConfig['schema']>)?.['~standard'], 'validate'),
    'a Standard Schema (zod, valibot, arktype)',
  ],
  indexes: [(value) => Array.isArray(value) && value.every(isName), 'a list of paths'],
  scope: [
    (value) => [value].flat().every(isScope),
    'a scope, { project: "p1" }, or a list of them',
  ],
  endpoint: [(value) => typeof value === 'string', 'a path'],
  conflictStrategy: [isOneOf(STRATEGIES), `a function or one of ${STRATEGIES.join(', ')}`],
  fields: [each(isOneOf(['counter', 'set'])), 'members with “counter”, “set” or a function each'],
  append: [(value) => value === 'keep' || value === 'forget', '“keep” or “forget”'],
  dependsOn: [each(isName), 'members with the name of an entity each'],
  group: [(value) => isName(value) || isFunction(value), 'a member or a function'],
  version: [(value) => isCount(value) && value !== 0, 'a whole number from 1'],
  migrations: [each(isFunction), 'functions by version'],
};

/** Throws `invalid` for what no engine can be made of. */
export function checkConfig(config: unknown): void {
  check('', config, ENGINE);
  const { storage, transport, entities } = config as SyncEngineConfig;
  for (const [name, given] of Object.entries({ storage, transport, entities }))
    if (given === undefined)
      throw invalid(`${name} is missing: it must be ${ENGINE[name as 'user'][1]}.`);
  for (const [name, entity] of Object.entries(entities)) {
    const at = `entities.${name}`;
    if (!isId(name) || FORBIDDEN_KEYS.has(name))
      throw invalid(`${at}: a name is 1 to 64 of A–Z, a–z, 0–9, _ and -.`);
    check(at, entity, ENTITY);
    for (const [member, other] of Object.entries(entity.dependsOn ?? {}))
      if (!Object.hasOwn(entities, other))
        throw invalid(`${at}.dependsOn.${member}: there is no entity “${other}”.`);
    for (const version of Object.keys(entity.migrations ?? {}))
      if (!isCount(+version) || +version < 2 || +version > (entity.version ?? 1))
        throw invalid(`${at}.migrations.${version}: not a version from 2 to “version”.`);
  }
}

export function checkUser(user: unknown): void {
  if (!isName(user)) throw invalid(`A user is ${USER[1]}.`);
}

function check(at: string, options: unknown, rules: Record<string, Rule>): void {
  if (!isObject(options)) throw invalid(`${at || 'The configuration'} must be an object.`);
  const before = at && `${at}.`;
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) throw invalid(`${before}${name}: there is no such option.`);
    const [fits, is] = rules[name]!;
    if (value !== undefined && !fits(value)) throw invalid(`${before}${name} must be ${is}.`);
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isOneOf(names: readonly string[]): (value: unknown) => boolean {
  return (value) => isFunction(value) || names.includes(value as string);
}

function each(fits: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => isObject(value) && Object.values(value).every(fits);
}

function has(value: unknown, ...methods: string[]): boolean {
  return methods.every((method) => isFunction((value as Record<string, unknown> | null)?.[method]));
}
