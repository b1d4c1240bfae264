/** What the command line and the environment may say: the one table, and what is made of it. */
import { resolve } from 'node:path';
import { isId } from '../../protocol/index.js';
import { type Environment, readValues, type Setting, SettingsError } from './setting.js';

export { type Environment, helpOf, SettingsError } from './setting.js';

/** Every setting there is, by the name the code has for it. */
export const settings = {
  port: {
    flag: 'port',
    variable: 'BYTELYST_PORT',
    takes: '<n>',
    standard: '4100',
    about: '0 takes any free one',
  },
  host: {
    flag: 'host',
    variable: 'BYTELYST_HOST',
    takes: '<address>',
    standard: '127.0.0.1',
    about: 'where to listen; anything but this machine needs BYTELYST_SECRET',
  },
  data: {
    flag: 'data',
    variable: 'BYTELYST_DATA',
    takes: '<folder>',
    standard: './data',
    about: 'the embedded database',
  },
  memory: {
    flag: 'memory',
    about: 'an embedded database that is gone with the process',
  },
  config: {
    flag: 'config',
    variable: 'BYTELYST_CONFIG',
    takes: '<file>',
    standard: 'bytelyst.config.ts, where there is one',
    about: 'your collections, policies, workspaces and keys',
  },
  demo: {
    flag: 'demo',
    about:
      'seeds the workspace “demo” when empty, signs every visitor from this machine in as its ' +
      'admin, and knows the write key bl_write_demo',
  },
  publicUrl: {
    flag: 'public-url',
    variable: 'BYTELYST_PUBLIC_URL',
    takes: '<url>',
    about:
      'where browsers reach the server, for example behind a TLS proxy; https makes the cookies ' +
      'Secure',
  },
  site: {
    flag: 'site',
    takes: '<folder>',
    standard: 'those that came with the server',
    about: 'the built pages',
  },
  allowEmbedded: {
    flag: 'allow-embedded',
    about: 'accept the embedded database where NODE_ENV=production',
  },
  workspace: {
    flag: 'workspace',
    takes: '<name>',
    about: 'whose data; a new one comes into being with its first row',
  },
  role: {
    flag: 'role',
    takes: '<role>',
    about: 'viewer reads, editor also writes, admin also issues write keys and revokes tokens',
  },
  subject: {
    flag: 'subject',
    takes: '<user>',
    standard: 'cli',
    about: 'who writes, for the audit',
  },
  of: { flag: 'of', takes: '<what>', about: 'what to export' },
  format: { flag: 'format', takes: '<format>', standard: 'ndjson', about: 'ndjson or csv' },
  out: { flag: 'out', takes: '<file>', standard: 'standard output', about: 'where to write' },
  days: { flag: 'days', takes: '<n>', standard: '30', about: 'how long the token holds' },
  signInLink: {
    flag: 'sign-in-link',
    about: 'print a link instead, that signs a browser in once, within 15 minutes',
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    takes: 'postgres://user:password@host:5432/database',
    about: 'PostgreSQL instead of the embedded database',
  },
  secret: {
    variable: 'BYTELYST_SECRET',
    takes: '<text>',
    standard: 'the database’s own',
    about: 'signs bearer tokens; 32 characters or more',
  },
  log: {
    variable: 'BYTELYST_LOG',
    takes: '<level>',
    standard: 'warn',
    about: 'silent, fatal, error, warn, info, debug or trace',
  },
  connections: {
    variable: 'BYTELYST_CONNECTIONS',
    takes: '<n>',
    standard: '10',
    about: 'to PostgreSQL at most, and one more that listens; 2 to 1000',
  },
  backupHours: {
    variable: 'BYTELYST_BACKUP_HOURS',
    takes: '<n>',
    standard: '0',
    about:
      'how old the newest backup of PostgreSQL may be; clients keep accepted writes for so long, ' +
      'and offer them again when it was restored; 0 to 1000',
  },
  maxStreams: {
    variable: 'BYTELYST_MAX_STREAMS',
    takes: '<n>',
    standard: '10000, or four fifths of the files that the process may open',
    about: 'live streams at most; further ones are told to come back later',
  },
  metricsToken: {
    variable: 'BYTELYST_METRICS_TOKEN',
    takes: '<text>',
    standard: 'none: on this machine /metrics is open, elsewhere it is not there',
    about: 'the bearer token that /metrics takes; 16 characters or more',
  },
  tombstoneDays: {
    variable: 'BYTELYST_TOMBSTONE_DAYS',
    takes: '<n>',
    standard: '60',
    about:
      'how long a deleted row is remembered; a device that was away for longer pulls everything ' +
      'anew; 1 to 3650',
  },
  drainSeconds: {
    variable: 'BYTELYST_DRAIN_SECONDS',
    takes: '<n>',
    standard: '0',
    about:
      'how long requests are still taken after SIGTERM, while /readyz says 503, so that balancers ' +
      'notice; 0 to 300',
  },
} as const satisfies Record<string, Setting>;

const { data, memory, databaseUrl } = settings;

/** The settings that say which database. */
export const databaseSettings = { data, memory, databaseUrl };

export type DatabaseSettings =
  | { kind: 'folder'; folder: string }
  | { kind: 'memory' }
  | { kind: 'postgresql'; url: string; connections?: number; backupHours?: number };

export interface ServeSettings {
  port: number;
  host: string;
  database: DatabaseSettings;
  /** The config file that was named; null to look for one. */
  config: string | null;
  demo: boolean;
  /** Folder of the built site. */
  site: string;
  /** Where browsers reach us, when that is not `http://host:port`. */
  publicUrl: URL | null;
  secret: string | undefined;
  logLevel: string;
  /** Absent: as many as the system allows, 10,000 at most. */
  maxStreams: number | undefined;
  /** Absent: nobody may read the metrics; `open`: everybody may. */
  metricsToken: string | undefined;
  drainSeconds: number;
  /** Days that a deleted row is remembered. */
  tombstoneDays: number;
}

const { port, host, config, demo, publicUrl, site, allowEmbedded, secret, log } = settings;

/** The settings of `bytelyst serve`. */
export const serveSettings = {
  port,
  host,
  data,
  memory,
  config,
  demo,
  publicUrl,
  site,
  allowEmbedded,
  databaseUrl,
  secret,
  log,
  connections: settings.connections,
  backupHours: settings.backupHours,
  maxStreams: settings.maxStreams,
  metricsToken: settings.metricsToken,
  drainSeconds: settings.drainSeconds,
  tombstoneDays: settings.tombstoneDays,
};

/** What of `wanted` the command line and the environment say; throws a `SettingsError`. */
export function readSettings<S extends Readonly<Record<string, Setting>>>(
  wanted: S,
  args: readonly string[],
  environment: Environment,
) {
  return readValues(wanted, args, environment, settings);
}

/** Settings of `bytelyst serve`; throws a `SettingsError` that says which one and what it takes. */
export function readServeSettings(
  args: readonly string[],
  environment: Environment,
  defaultSite: string,
): ServeSettings {
  const given = readSettings(serveSettings, args, environment);
  const ownDatabase = readDatabaseSettings(given);
  const forPostgres = {
    connections: readCount('connections', given.connections ?? '10', [2, 1_000]),
    backupHours: readCount('backupHours', given.backupHours ?? '0', [0, 1_000]),
  };
  if (ownDatabase.kind !== 'postgresql') {
    const wrong = (['connections', 'backupHours'] as const).find((name) => given[name]);
    if (wrong) {
      const { variable } = settings[wrong];
      throw new SettingsError(
        `${variable} is about PostgreSQL: leave it out, or set DATABASE_URL (without --memory).`,
      );
    }
  }
  const read: ServeSettings = {
    port: readPort(given.port ?? '4100'),
    host: given.host ?? '127.0.0.1',
    database: ownDatabase.kind === 'postgresql' ? { ...ownDatabase, ...forPostgres } : ownDatabase,
    config: given.config === undefined ? null : resolve(given.config),
    demo: given.demo,
    site: resolve(given.site ?? defaultSite),
    publicUrl: readPublicUrl(given.publicUrl),
    secret: readSecret(given.secret),
    logLevel: readLogLevel(given.log ?? 'warn'),
    maxStreams:
      given.maxStreams === undefined
        ? undefined
        : readCount('maxStreams', given.maxStreams, [0, 1_000_000]),
    metricsToken: readMetricsToken(given.metricsToken),
    drainSeconds: readCount('drainSeconds', given.drainSeconds ?? '0', [0, 300]),
    tombstoneDays: readCount('tombstoneDays', given.tombstoneDays ?? '60', [1, 3_650]),
  };
  // Only this machine reaches it, and nobody comes by way of a proxy.
  if (isLoopback(read.host) && !read.publicUrl) read.metricsToken ??= 'open';
  if (!isLoopback(read.host) && !read.secret) {
    throw new SettingsError(
      `--host ${read.host} is reachable from other machines, so BYTELYST_SECRET must be set ` +
        '(32 characters or more, for example from: openssl rand -hex 32).',
    );
  }
  if (read.demo && (!isLoopback(read.host) || read.publicUrl)) {
    throw new SettingsError(
      '--demo signs every visitor in, so it runs on this machine only: leave out --host and --public-url.',
    );
  }
  const embedded = read.database.kind !== 'postgresql';
  if (environment.NODE_ENV === 'production' && embedded && !given.allowEmbedded) {
    throw new SettingsError(
      'NODE_ENV=production: the embedded database survives a crash of the process but not a ' +
        'power cut. Set DATABASE_URL, or accept that with --allow-embedded.',
    );
  }
  return read;
}

/** Which database: `DATABASE_URL`, else a folder, else (with --memory) none that stays. */
export function readDatabaseSettings(given: {
  data: string | undefined;
  memory: boolean;
  databaseUrl: string | undefined;
}): DatabaseSettings {
  if (given.memory && given.data) {
    throw new SettingsError('--memory and --data (BYTELYST_DATA) exclude each other: take one.');
  }
  if (given.memory) return { kind: 'memory' };
  const url = given.databaseUrl;
  if (url && given.data) {
    throw new SettingsError(
      '--data (BYTELYST_DATA) and DATABASE_URL each name a database: take one.',
    );
  }
  if (!url) return { kind: 'folder', folder: resolve(given.data ?? './data') };
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new SettingsError(`DATABASE_URL takes ${databaseUrl.takes}.`);
  }
  return { kind: 'postgresql', url };
}

/** The secret of bearer tokens, where one is set. */
export function readSecret(value: string | undefined): string | undefined {
  if (value !== undefined && value.length < 32) {
    throw new SettingsError('BYTELYST_SECRET takes 32 characters or more.');
  }
  return value;
}

/** A workspace's name, as rows and tokens have it. */
export function readWorkspace(name: string | undefined): string {
  if (!isId(name)) {
    throw new SettingsError('--workspace takes 1 to 64 letters, digits, - and _.');
  }
  return name;
}

/** Whether only this machine can reach a host name. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** The host names a server answers to; null for all, where it stands in a network. */
export function hostNamesOf(served: ServeSettings): string[] | null {
  if (!isLoopback(served.host)) return null;
  const names = ['127.0.0.1', 'localhost', '::1', '[::1]', served.host];
  return served.publicUrl ? [...names, served.publicUrl.hostname] : names;
}

function readPort(value: string): number {
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number > 65_535) {
    throw new SettingsError(`--port takes a number from 0 to 65535, not “${value}”.`);
  }
  return number;
}

/** An address without a path; throws a `SettingsError`. */
export function readPublicUrl(value: string | undefined): URL | null {
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/') {
    throw new SettingsError(`--public-url takes https://your.host, not “${value}”.`);
  }
  return url;
}

/** A whole number within bounds, for a setting that is a variable only. */
function readCount(
  name: 'connections' | 'backupHours' | 'maxStreams' | 'drainSeconds' | 'tombstoneDays',
  value: string,
  [least, most]: readonly [number, number],
): number {
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value) || number < least || number > most) {
    const { variable } = settings[name];
    throw new SettingsError(`${variable} takes a number from ${least} to ${most}, not “${value}”.`);
  }
  return number;
}

function readMetricsToken(value: string | undefined): string | undefined {
  if (value !== undefined && value.length < 16) {
    throw new SettingsError('BYTELYST_METRICS_TOKEN takes 16 characters or more.');
  }
  return value;
}

const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'];

function readLogLevel(value: string): string {
  if (!LOG_LEVELS.includes(value)) {
    throw new SettingsError(`BYTELYST_LOG takes one of ${LOG_LEVELS.join(', ')}.`);
  }
  return value;
}
