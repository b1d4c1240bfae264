import { signToken } from '../access/bearer.js';
import { isUserRole, USER_ROLES } from '../access/identity.js';
import { readDatabaseSecret } from '../config/open.js';
import {
  databaseSettings,
  helpOf,
  readDatabaseSettings,
  readSecret,
  readSettings,
  readWorkspace,
  settings,
  SettingsError,
} from '../config/settings.js';
import type { Command } from './index.js';

const { workspace, role, subject, days, secret } = settings;
const tokenSettings = { workspace, role, subject, days, ...databaseSettings, secret };

export const token: Command = {
  summary: 'print a bearer token',
  help: `bytelyst token --workspace <name> --role admin|editor|viewer [--subject <user>] [--days 30]

Prints a token for “Authorization: Bearer …”, signed with BYTELYST_SECRET or, when that is not
set, with the secret of the database. The server may be running meanwhile.

${helpOf(tokenSettings)}`,
  async run(args) {
    const given = readSettings(tokenSettings, args, process.env);
    const { subject: user = 'cli', days: time = '30' } = given;
    const name = readWorkspace(given.workspace);
    if (!isUserRole(given.role)) throw new SettingsError(`--role takes ${USER_ROLES.join(', ')}.`);
    if (!/^\d{1,4}$/.test(time) || Number(time) < 1) {
      throw new SettingsError('--days takes a whole number from 1 to 9999.');
    }
    const key = readSecret(given.secret) ?? (await readDatabaseSecret(readDatabaseSettings(given)));
    const grant = { subject: user, workspace: name, role: given.role };
    process.stdout.write(`${await signToken(key, grant, Number(time) * 86_400)}\n`);
  },
};
