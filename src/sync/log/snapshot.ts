/**
 * The disk's texts as what they mean, and back. What can't be read is left out and counted: one bad
 * text costs what is in it, nothing else.
 */
import type { Alias } from './aliases.js';
import type { StoredPage } from './pages.js';
import {
  decode,
  decodeRecord,
  encode,
  NO_META,
  type LogRecord,
  type Meta,
  type Mutation,
} from './record.js';
import { SyncError } from '../errors.js';
import { SEAL, type Revision, type Snapshot } from '../storage/storage.js';

/** What the disk could not give back any more. */
export interface Losses {
  /** Their rows are pulled again. */
  pages: number;
  /** Commits, whatever they said: the server's rows are pulled again, unsent writes are gone. */
  records: number;
  /** Unsent writes that are known to have been there. */
  mutations: number;
}

/** A deleted row, which no page holds, or one that left every scope, and the version it went at. */
export type Gone = [collection: string, key: string, version: number];

/** What stands beside the pages of rows. */
export interface Aside {
  meta: Meta;
  aliases: Alias[];
  kept: Mutation[];
  outbox: Mutation[];
  gone: Gone[];
}

interface Image extends Aside {
  /** Pages of rows; `null` where one can't be read. */
  pages: Map<string, StoredPage | null>;
  log: { rev: Revision; record: LogRecord }[];
  /** The page of what is about everything can't be read. */
  metaLost: boolean;
  lost: Losses | null;
}

/** In the place of a record that can't be read. */
const NOTHING: LogRecord = { by: ['', 0] };

export function readSnapshot({ pages, log }: Snapshot): Image {
  if (pages.has(SEAL))
    throw new SyncError('wrong-key', 'This database is encrypted: use encryptedStorage.');
  const lost: Losses = { pages: 0, records: 0, mutations: 0 };
  const readRecord = (text: string | null): LogRecord => {
    const record = decodeRecord(text);
    if (!record) lost.records++;
    return record ?? NOTHING;
  };
  const read = <T>(text: string | null | undefined, kind: keyof Losses): T | null => {
    if (text === undefined) return null;
    const value = decode<T>(text);
    if (!value) lost[kind]++;
    return value;
  };
  const { meta, outbox, aliases, gone, kept, ...rows } = Object.fromEntries(pages);
  // A mutation a line, so that one that can't be read costs no other. (Format 1: one array.)
  const lines = outbox === undefined ? [] : (outbox?.split('\n') ?? [null]);
  const known = read<Partial<Meta>>(meta, 'pages');
  const image = {
    meta: { ...NO_META, ...known },
    metaLost: meta !== undefined && !known,
    aliases: read<Alias[]>(aliases, 'pages') ?? [],
    kept: read<Mutation[]>(kept, 'mutations') ?? [],
    outbox: lines.flatMap((line) => read<Mutation | Mutation[]>(line, 'mutations') ?? []),
    gone: read<Gone[]>(gone, 'pages') ?? [],
    pages: new Map(
      Object.entries(rows).map(([id, text]) => [id, read<StoredPage>(text, 'pages')] as const),
    ),
    log: log.map(({ rev, text }) => ({ rev, record: readRecord(text) })),
  };
  const whole = lost.pages + lost.records + lost.mutations === 0;
  return { ...image, lost: whole ? null : lost };
}

/** The pages of rows that changed, and all that stands beside them. */
export function writeSnapshot(
  pages: Map<string, string | null>,
  { meta, aliases, kept, outbox, gone }: Aside,
): Map<string, string | null> {
  const list = (values: readonly unknown[]) => (values.length ? encode(values) : null);
  return pages
    .set('meta', encode(meta))
    .set('outbox', outbox.map(encode).join('\n') || null)
    .set('aliases', list(aliases))
    .set('kept', list(kept))
    .set('gone', list(gone));
}
