/** The same contract without a disk, for tests, for servers and where a page may not store. */
import { checkName, closedError } from './refusal.js';
import {
  newLife,
  type Disk,
  type LogEntry,
  type Position,
  type Refusal,
  type Storage,
} from './storage.js';

/**
 * A database of its own with each call: nobody else has this memory, so nobody else has its name.
 * Two engines on one of them are two tabs.
 */
export function memoryStorage(): Storage {
  const users = new Map<string, Storage>();
  let memory = empty();

  function empty() {
    const log: LogEntry[] = [];
    return { life: newLife(), folded: 0, last: 0, log, pages: new Map<string, string>() };
  }

  const look = (at: Position): Refusal => {
    if (memory.life !== at.life) return 'lost';
    if (memory.folded > at.rev || at.rev > memory.last) return 'stale';
    return { missed: memory.log.filter((entry) => entry.rev > at.rev) };
  };

  return {
    name: `memory:${newLife()}`,
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
      if (!storage) users.set(user, (storage = memoryStorage()));
      return storage;
    },
  };
}
