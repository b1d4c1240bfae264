import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { openDatabase } from '../config/open.js';
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

Writes line after line, in an order that stays the same. In CSV, text that a spreadsheet would
take for a formula has an apostrophe in front.

${helpOf(exportSettings)}`,
  async run(args) {
    const given = readSettings(exportSettings, args, process.env);
    const name = readWorkspace(given.workspace);
    const what = EXPORTS.find((one): one is Exported => one === given.of);
    if (!what) throw new SettingsError(`--of takes one of ${EXPORTS.join(', ')}.`);
    const form = FORMATS.find((one) => one === (given.format ?? 'ndjson'));
    if (!form) throw new SettingsError(`--format takes ${FORMATS.join(' or ')}.`);
    const database = await openDatabase(readDatabaseSettings(given));
    try {
      const target = given.out === undefined ? process.stdout : createWriteStream(given.out);
      for await (const lines of exportLines(database.forWorkspace(name), name, what, form)) {
        await write(target, lines);
      }
      if (target !== process.stdout) {
        target.end();
        await finished(target);
      }
    } finally {
      await database.close();
    }
  },
};

async function write(target: Writable, lines: string): Promise<void> {
  if (target.errored) throw target.errored;
  if (!target.write(lines)) await once(target, 'drain');
}
