/**
 * Bugs that the simulator must find, each put into the source of the runtime or of the server's
 * model. They are what has gone wrong in systems like this one, here and elsewhere.
 */
import type { Edit } from './load.js';

export interface Bug {
  name: string;
  edits: readonly Edit[];
}

function bug(name: string, find: string, replace: string): Bug {
  return { name, edits: [{ find, replace }] };
}

const SERVER: readonly Bug[] = [
  bug('no idempotency: a repeat is applied anew', 'if (first) return first.result;', ''),
  bug(
    'acknowledgement before commit: what is answered may be lost',
    'this.rows.set(address, { collection, key, version, seq: row.seq, value: next });',
    'if (version % 4) this.rows.set(address, { collection, key, version, seq: row.seq, value: next }); else return { id, outcome: "applied", version };',
  ),
  bug('deletion without a tombstone', 'row.seq > from &&', 'row.seq > from && row.value &&'),
  bug(
    'last write by wall clock: a device whose clock is behind never gets through',
    'const version = row.version + 1;',
    'const times = ((this as any).times ??= new Map()); if (op === "update" && times.get(address) > mutation.at) return { id, outcome: "applied", version: row.version }; times.set(address, mutation.at); const version = row.version + 1;',
  ),
  bug(
    'bases are not compared: the later write wins blindly',
    'if (base !== row.version || (op',
    'if ((op',
  ),
  bug(
    'no new epoch after a restore',
    "epoch = 'e1';",
    "get epoch() { return 'e1'; } set epoch(_: string) {}",
  ),
  bug(
    'an event that arrives twice counts twice',
    'this.events.set(event.id, event);',
    'this.events.set(known ? `${event.id}-again` : event.id, event);',
  ),
];

/** Where the client reads on, and what it is told there. */
const CURSOR: readonly Bug[] = [
  bug(
    'a cursor that goes by a sequence: what was numbered early and committed late is skipped',
    'this.rows.get(address)!.seq = ++this.seq;',
    'this.rows.get(address)!.seq = ++this.seq % 5 ? this.seq : Math.max(1, this.seq - 3);',
  ),
  bug(
    'a full page ends at the counter: the rest of it is skipped',
    'const to = told.length === limit ? told.at(-1)!.seq : this.seq;',
    'const to = this.seq;',
  ),
  bug(
    'the cursor is saved before the rows',
    "let outcome = { kind: 'overtaken' } as Outcome;",
    `let outcome = { kind: 'overtaken' } as Outcome;
    const here = { cursor: end.cursor, to: end.to };
    await commits.change(({ meta }) => ({
      meta: {
        cursors: { ...meta.cursors, ...Object.fromEntries(feeds.map(({ name }) => [name, here])) },
      },
    }));
    cursor = end.cursor;`,
  ),
  bug(
    'a tombstone is forgotten on the way',
    'removed.forEach((key, i) => take(collection, key, removedVersions[i]!, null));',
    '',
  ),
  bug(
    'an older answer overwrites what a push has made since',
    'if (entry ? older(entry, version) : !row) return;',
    'if (!entry && !row) return;',
  ),
  bug(
    'a restored server is not noticed',
    'const restored = epoch !== null && epoch !== end.epoch;',
    'const restored = false;',
  ),
  bug(
    'what a restored server lost is not offered again',
    'return [...kept, ...later.values()];',
    'return [...later.values()];',
  ),
  bug(
    'events that a restored server lost are not offered again',
    'return withStanding(results, answer, call);',
    'return results;',
  ),
];

const DISK: readonly Bug[] = [
  bug(
    'a commit is appended wherever the log ends: two tabs overwrite each other',
    "const answer = look(at);\n          if (typeof answer !== 'object' || answer.missed.length) return answer;",
    "const answer = look(at);\n          if (typeof answer !== 'object') return answer;",
  ),
  bug(
    'compaction loses a page',
    'else memory.pages.set(key, text);',
    "else if (key !== 'p:2') memory.pages.set(key, text);",
  ),
  bug(
    'the outbox is not compacted',
    ".set('outbox', outbox.map(encode).join('\\n') || null)",
    ".set('outbox', null)",
  ),
  bug('a compaction that failed is forgotten, and its pages with it', 'this.#stale = true;', ''),
  bug(
    'a user’s write is not flushed: a power cut takes it back',
    "return built.record;\n      }, 'strict');",
    "return built.record;\n      }, 'relaxed');",
  ),
  bug(
    'a write that the disk refused stays in the view',
    'this.state.unstage(mutations);\n      for (const { fail } of writes)',
    'for (const { fail } of writes)',
  ),
  bug(
    'what was pending is not carried over when the database was evicted',
    'return { rows: [...rows.values()], put, kept, aliases: old.aliases.list(), meta };',
    'return { rows: [], put: [], kept, aliases: old.aliases.list(), meta };',
  ),
];

const RUNTIME: readonly Bug[] = [
  bug(
    'a write is acknowledged before it is on disk',
    'for (const mutation of write.mutations) this.state.stage(mutation);',
    'for (const mutation of write.mutations) this.state.stage(mutation); write.done(write.mutations.map(({ id }) => id));',
  ),
  bug(
    'a receipt is given when the write is on disk',
    'else this.#receipts.add(survivor, receipt);',
    'else receipt.accept();',
  ),
  bug(
    'a mutation in flight is changed',
    '(last.problem ? !isGivenUp(last) : !isOffered(last))',
    '(last.problem ? !isGivenUp(last) : true)',
  ),
  bug(
    'an accepted change leaves the view until a pull brings it: flicker',
    'this.#rows.setBase(collection, key, entry, row, version, as?.etag);',
    '',
  ),
  bug(
    'a dead letter is dropped',
    'return { ...noChange(), put: [letter] };\n  }\n  const all',
    'return { ...noChange(), drop: [letter.id] };\n  }\n  const all',
  ),
  bug(
    'the row that changes were made on is not kept while one is in flight',
    'if (!inFlight.ancestor) add(change, offered(inFlight, ancestor));',
    '',
  ),
  bug(
    'a rebase merges with the wrong row: theirs counts as what we began on',
    'const local = appliedAll(pending, ancestor.row);',
    'ancestor = remote; const local = appliedAll(pending, ancestor.row);',
  ),
  bug(
    'a conflict keeps the id of the mutation that was refused',
    'const id = pending.find((mutation) => mutation.conflict)?.id ?? newId();',
    'const id = pending[0]!.id;',
  ),
  bug('retry without jitter', 'return random() * Math.min(', 'return Math.min('),
  bug('Retry-After is not obeyed', 'const { retryAfter = 0 } = typed;', 'const retryAfter = 0;'),
  bug(
    'a failure ends the loop for good',
    `if (this.host.failed(typed)) this.#wanted = true;
      else if (!retryAfter) return;`,
    'return void this.host.failed(typed);',
  ),
  bug(
    'what a page sends as it is left counts as delivered',
    'this.#departed = state.rev;',
    'this.#departed = state.rev; const gone = departing(state, config.entities).map(({ id }) => id); void this.commits.change(() => ({ drop: gone })).catch(() => {});',
  ),
  bug('a row goes before the one that it depends on', 'put(this.#maker(parent));', ''),
  bug('two of one row travel in one batch', 'put(this.#rows.get(row));', ''),
  bug(
    'receipts are not handed on when changes are put together',
    'for (const joined of from) this.add(id, ...this.#take(joined));',
    '',
  ),
  bug(
    'other tabs are not told of a commit',
    `this.post({
            type: 'commit',
            life: state.life,
            rev,
            ...(record && record.length < BROADCAST_AT_MOST && { record }),
          })`,
    'void [rev, record]',
  ),
  bug(
    'a tab that missed commits builds on what it knew',
    "const folded = typeof answer === 'object' && this.foldAll(answer.missed);\n    if (folded) return folded;",
    "if (typeof answer === 'object') { (this.state as any).rev = answer.missed.at(-1)?.rev ?? this.state.rev; return []; }",
  ),
  bug(
    'a deletion that somebody’s change has overtaken happens all the same',
    'if (base && merged) return { row: mine };',
    'if (!local || (base && merged)) return { row: mine };',
  ),
  bug(
    'the status counts nothing that waits',
    'return { ...this.#counts };',
    'return { ...this.#counts, pending: 0 };',
  ),
  bug(
    'a mutation that changes is counted twice',
    'if (known) this.#counts[kindOf(known)]--;\n    if (!known',
    'if (!known',
  ),
];

export const BUGS: readonly Bug[] = [...SERVER, ...CURSOR, ...DISK, ...RUNTIME];
