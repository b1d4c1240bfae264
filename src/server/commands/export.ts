import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { openExisting, refuseUnknownWorkspace } from '../config/open.js';
import {
  databaseSettings,
  helpOf,
  readDatabaseSettings,
  readSettings,
  readWorkspace,
  settings,
  SettingsError,
} from '../config/settings.js';
import { EXPORTS, exportLines, type Exported, type ExportFormat } from '../experiments/export.js';
import type { Command } from './index.js';

const { workspace, of, format, out } = settings;
const exportSettings = { workspace, of, format, out, ...databaseSettings };
const FORMATS: readonly ExportFormat[] = ['ndjson', 'csv'];

export const exportCommand: Command = {
  summary: 'write rows, events, rollups or the audit of a workspace as NDJSON or CSV',
  help: `bytelyst export --workspace <name> --of ${EXPORTS.join('|')}
                [--format ndjson|csv] [--out <file>]

Writes a line for each, in the order of their keys: in NDJSON an object with all its members, of
rows the deleted ones too (their value is null). It is read page by page, so any amount fits, and a
server on PostgreSQL may be running; what it writes meanwhile may or may not be told. In CSV, text
that a spreadsheet would take for a formula has an apostrophe in front.

${helpOf(exportSettings)}`,
  async run(args) {
    const given = readSettings(exportSettings, args, process.env);
    const name = readWorkspace(given.workspace);
    const what = EXPORTS.find((one): one is Exported => one === given.of);
    if (!what) throw new SettingsError(`--of takes one of ${EXPORTS.join(', ')}.`);
    const form = FORMATS.find((one) => one === (given.format ?? 'ndjson'));
    if (!form) throw new SettingsError(`--format takes ${FORMATS.join(' or ')}.`);
    const database = await openExisting(readDatabaseSettings(given));
    try {
      await refuseUnknownWorkspace(database, name);
      const lines = exportLines(database.forWorkspace(name), name, what, form);
      if (given.out === undefined) await toStandardOutput(lines);
      else await pipeline(lines, createWriteStream(given.out, { mode: 0o600 }));
    } finally {
      await database.close();
    }
  },
};

/** Whoever reads it may stop where they have seen enough. */
async function toStandardOutput(lines: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(lines, process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
