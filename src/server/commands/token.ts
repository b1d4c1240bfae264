import { signToken } from '../access/bearer.js';
import { isUserRole, USER_ROLES } from '../access/identity.js';
import { readDatabaseSecret } from '../config/open.js';
import {
  databaseOptions,
  readDatabaseSettings,
  readFlags,
  readSecret,
  readWorkspace,
  SettingsError,
} from '../config/settings.js';
import type { Command } from './index.js';

const options = {
  ...databaseOptions,
  workspace: { type: 'string' },
  role: { type: 'string' },
  subject: { type: 'string' },
  days: { type: 'string' },
} as const;

export const token: Command = {
  summary: 'print a bearer token',
  help: `bytelyst token --workspace <name> --role admin|editor|viewer [--subject <user>] [--days 30]

Prints a token for “Authorization: Bearer …”, signed with BYTELYST_SECRET or, when that is not
set, with the secret of the database. The server may be running meanwhile.

  --workspace <name>   whose data (a new one comes into being with its first row)
  --role <role>        viewer reads, editor also writes, admin also issues write keys
  --subject <user>     who writes, for the audit (default: cli)
  --days <n>           how long it holds (default 30)
  --data <folder>      the embedded database (default ./data)
  DATABASE_URL         PostgreSQL instead`,
  async run(args) {
    const flags = readFlags(args, options);
    const { role, subject = 'cli', days = '30' } = flags;
    const workspace = readWorkspace(flags.workspace as string | undefined);
    if (!isUserRole(role)) throw new SettingsError(`--role takes ${USER_ROLES.join(', ')}.`);
    if (!/^\d{1,4}$/.test(String(days)) || Number(days) < 1) {
      throw new SettingsError('--days takes a whole number from 1 to 9999.');
    }
    const secret =
      readSecret(process.env) ??
      (await readDatabaseSecret(readDatabaseSettings(flags, process.env)));
    const grant = { subject: String(subject), workspace, role };
    process.stdout.write(`${await signToken(secret, grant, Number(days) * 86_400)}\n`);
  },
};
