/**
 * The same contract without a disk, for tests, for servers and where a page may not store. Two
 * engines on one `memoryStorage` are two tabs.
 */
import { SyncError } from '../errors.js';
import type { Commit, Disk, LogEntry, Revision, Snapshot, Storage } from './storage.js';

export function memoryStorage(name = 'memory'): Storage {
  let folded: Revision = 0;
  let last: Revision = 0;
  let log: LogEntry[] = [];
  let pages = new Map<string, string>();

  const since = (rev: Revision): LogEntry[] | 'stale' =>
    folded > rev ? 'stale' : log.filter((entry) => entry.rev > rev);

  const write = ({ record, pages: changed, fold }: Commit): Revision | null => {
    for (const [key, text] of changed ?? []) {
      if (text === null) pages.delete(key);
      else pages.set(key, text);
    }
    if (record !== undefined) log.push({ rev: ++last, text: record });
    if (fold !== undefined) {
      folded = fold;
      log = log.filter((entry) => entry.rev > fold);
    }
    return record === undefined ? null : last;
  };

  return {
    name,
    async open(): Promise<Disk> {
      let closed = false;
      const check = () => {
        if (closed) throw new SyncError('closed', 'The engine was closed; make a new one.');
      };
      return {
        async load(): Promise<Snapshot> {
          check();
          return { folded, pages: new Map(pages), log: [...log] };
        },
        async since(rev) {
          check();
          return since(rev);
        },
        async commit(rev, build) {
          check();
          const missed = since(rev);
          if (missed === 'stale') return 'stale';
          const commit = build(missed, folded);
          return commit && write(commit);
        },
        close() {
          closed = true;
        },
      };
    },
    async destroy() {
      folded = last = 0;
      log = [];
      pages = new Map();
    },
  };
}
