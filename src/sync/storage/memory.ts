/**
 * The same contract without a disk, for tests, for servers and where a page may not store. Two
 * engines on one `memoryStorage` are two tabs.
 */
import { checkName, closedError } from './refusal.js';
import type { Disk, LogEntry, Position, Refusal, Storage } from './storage.js';

export function memoryStorage(name = 'memory'): Storage {
  const users = new Map<string, Storage>();
  let lives = 0;
  let memory = empty();

  function empty() {
    const log: LogEntry[] = [];
    return { life: `${++lives}`, folded: 0, last: 0, log, pages: new Map<string, string>() };
  }

  const look = (at: Position): Refusal => {
    if (memory.life !== at.life) return 'lost';
    if (memory.folded > at.rev || at.rev > memory.last) return 'stale';
    return { missed: memory.log.filter((entry) => entry.rev > at.rev) };
  };

  return {
    name,
    async open(): Promise<Disk> {
      let closed = false;
      const check = () => {
        if (closed) throw closedError();
      };
      return {
        async load() {
          check();
          const { life, folded, log, pages } = memory;
          return { life, folded, pages: new Map(pages), log: [...log] };
        },
        async since(at) {
          check();
          return look(at);
        },
        async commit(at, { record, pages, fold }) {
          check();
          const answer = look(at);
          if (typeof answer !== 'object' || answer.missed.length) return answer;
          if (fold !== undefined && memory.folded !== at.folded) return 'stale';
          if (record !== undefined) memory.log.push({ rev: ++memory.last, text: record });
          for (const [key, text] of pages ?? []) {
            if (text === null) memory.pages.delete(key);
            else memory.pages.set(key, text);
          }
          if (fold !== undefined) {
            memory.folded = fold;
            memory.log = memory.log.filter((entry) => entry.rev > fold);
          }
          return memory.last;
        },
        close() {
          closed = true;
        },
      };
    },
    async destroy() {
      memory = empty();
    },
    forUser(user) {
      let storage = users.get(checkName(user));
      if (!storage)
        users.set(user, (storage = memoryStorage(`${name}:${encodeURIComponent(user)}`)));
      return storage;
    },
  };
}
