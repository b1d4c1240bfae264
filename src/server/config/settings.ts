/** What the command line and the environment say, checked before anything is opened. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { resolve } from 'node:path';
import { isId } from '../../protocol/index.js';

/** A flag or a variable that does not fit; the command ends with status 2. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'settings';
}

export type DatabaseSettings =
  { kind: 'folder'; folder: string } | { kind: 'memory' } | { kind: 'postgresql'; url: string };

export interface ServeSettings {
  port: number;
  host: string;
  database: DatabaseSettings;
  demo: boolean;
  /** Folder of the built site. */
  site: string;
  /** Where browsers reach us, when that is not `http://host:port`. */
  publicUrl: URL | null;
  secret: string | undefined;
  logLevel: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

type Options = NonNullable<ParseArgsConfig['options']>;
type Flags = Record<string, string | boolean | undefined>;

export const databaseOptions = {
  data: { type: 'string' },
  memory: { type: 'boolean' },
} as const satisfies Options;

const serveOptions = {
  ...databaseOptions,
  port: { type: 'string' },
  host: { type: 'string' },
  demo: { type: 'boolean' },
  site: { type: 'string' },
  'public-url': { type: 'string' },
  'allow-embedded': { type: 'boolean' },
} as const satisfies Options;

/** Settings of `bytelyst serve`; throws a `SettingsError` that says which one and what it takes. */
export function readServeSettings(
  args: readonly string[],
  environment: Environment,
  defaultSite: string,
): ServeSettings {
  const flags = readFlags(args, serveOptions);
  const host = text(flags.host) ?? environment.BYTELYST_HOST ?? '127.0.0.1';
  const settings: ServeSettings = {
    port: readPort(text(flags.port) ?? environment.BYTELYST_PORT ?? '4100'),
    host,
    database: readDatabaseSettings(flags, environment),
    demo: flags.demo === true,
    site: resolve(text(flags.site) ?? defaultSite),
    publicUrl: readPublicUrl(text(flags['public-url']) ?? environment.BYTELYST_PUBLIC_URL),
    secret: readSecret(environment),
    logLevel: readLogLevel(environment.BYTELYST_LOG ?? 'warn'),
  };
  if (!isLoopback(host) && !settings.secret) {
    throw new SettingsError(
      `--host ${host} is reachable from other machines, so BYTELYST_SECRET must be set ` +
        '(32 characters or more, for example from: openssl rand -hex 32).',
    );
  }
  if (settings.demo && (!isLoopback(host) || settings.publicUrl)) {
    throw new SettingsError(
      '--demo signs every visitor in, so it runs on this machine only: leave out --host and --public-url.',
    );
  }
  const embedded = settings.database.kind !== 'postgresql';
  if (environment.NODE_ENV === 'production' && embedded && flags['allow-embedded'] !== true) {
    throw new SettingsError(
      'NODE_ENV=production: the embedded database survives a crash of the process but not a ' +
        'power cut. Set DATABASE_URL, or accept that with --allow-embedded.',
    );
  }
  return settings;
}

/** Parses flags strictly. */
export function readFlags(args: readonly string[], options: Options): Flags {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as Flags;
  } catch (cause) {
    const known = Object.keys(options).map((name) => `--${name}`);
    const message = (cause as Error).message.split(/\.(\s|$)/)[0];
    throw new SettingsError(`${message}. Known flags: ${known.join(', ')}.`, { cause });
  }
}

/** Which database: `DATABASE_URL`, else a folder, else (with --memory) none that stays. */
export function readDatabaseSettings(flags: Flags, environment: Environment): DatabaseSettings {
  const folder = text(flags.data) ?? environment.BYTELYST_DATA;
  if (flags.memory === true && text(flags.data)) {
    throw new SettingsError('--memory and --data exclude each other: take one.');
  }
  if (flags.memory === true) return { kind: 'memory' };
  const url = environment.DATABASE_URL;
  if (!url) return { kind: 'folder', folder: resolve(folder ?? './data') };
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new SettingsError('DATABASE_URL takes postgres://user:password@host:5432/database.');
  }
  return { kind: 'postgresql', url };
}

/** The secret of bearer tokens, from the environment only: command lines are seen by others. */
export function readSecret({ BYTELYST_SECRET: secret }: Environment): string | undefined {
  if (secret !== undefined && secret.length < 32) {
    throw new SettingsError('BYTELYST_SECRET takes 32 characters or more.');
  }
  return secret;
}

/** A workspace's name, as rows and tokens have it. */
export function readWorkspace(name: string | undefined): string {
  if (!isId(name)) {
    throw new SettingsError('--workspace takes 1 to 64 letters, digits, - and _.');
  }
  return name;
}

/** Whether only this machine can reach a host name. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The host names a server answers to; null for all, where it stands in a network. */
export function hostNamesOf({ host, publicUrl }: ServeSettings): string[] | null {
  if (!isLoopback(host)) return null;
  const names = ['127.0.0.1', 'localhost', '::1', '[::1]', host];
  return publicUrl ? [...names, publicUrl.hostname] : names;
}

function text(flag: string | boolean | undefined): string | undefined {
  return typeof flag === 'string' ? flag : undefined;
}

function readPort(value: string): number {
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port > 65_535) {
    throw new SettingsError(`--port takes a number from 0 to 65535, not “${value}”.`);
  }
  return port;
}

function readPublicUrl(value: string | undefined): URL | null {
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/') {
    throw new SettingsError(`--public-url takes https://your.host, not “${value}”.`);
  }
  return url;
}

const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'];

function readLogLevel(value: string): string {
  if (!LOG_LEVELS.includes(value)) {
    throw new SettingsError(`BYTELYST_LOG takes one of ${LOG_LEVELS.join(', ')}.`);
  }
  return value;
}
