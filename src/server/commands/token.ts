import { signToken } from '../access/bearer.js';
import { isUserRole, USER_ROLES } from '../access/identity.js';
import { type Grant, signCode } from '../access/sign-in-link.js';
import { loadConfig } from '../config/load.js';
import { readDatabaseSecret } from '../config/open.js';
import {
  databaseSettings,
  helpOf,
  readDatabaseSettings,
  readPublicUrl,
  readSecret,
  readSettings,
  readWorkspace,
  settings,
  SettingsError,
} from '../config/settings.js';
import type { Command } from './index.js';

/** How long a sign-in link holds. */
const LINK_SECONDS = 15 * 60;

const { workspace, role, subject, days, signInLink, publicUrl, config, secret } = settings;
const tokenSettings = {
  workspace,
  role,
  subject,
  days,
  signInLink,
  publicUrl: {
    ...publicUrl,
    standard: 'http://127.0.0.1:4100',
    about: 'where the link of --sign-in-link leads',
  },
  config,
  ...databaseSettings,
  secret,
};

export const token: Command = {
  summary: 'print a bearer token, or a link to sign in with',
  help: `bytelyst token --workspace <name> --role admin|editor|viewer [--days 30 | --sign-in-link]

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
    const line = given.signInLink
      ? await linkFor(key, grant, given.publicUrl)
      : await signToken(key, grant, Number(time) * 86_400, {
          auth: (await loadConfig(given.config ?? null)).auth,
        });
    process.stdout.write(`${line}\n`);
  },
};

async function linkFor(key: string, grant: Grant, address: string | undefined): Promise<string> {
  const { origin } = readPublicUrl(address) ?? new URL('http://127.0.0.1:4100');
  return `${origin}/ops/sign-in?code=${await signCode(key, grant, LINK_SECONDS)}`;
}
