import { expect } from 'chai';
import fc from 'fast-check';
import { problem } from '../../src/protocol/index.js';
import { appliedAll, coalesce, difference, joinAll } from '../../src/sync/log/coalesce.js';
import { same } from '../../src/sync/same.js';
import { carried } from '../../src/sync/log/join.js';
import { applied, type Mutation } from '../../src/sync/log/record.js';
import { joinable } from '../../src/sync/log/entry.js';
import type { Row } from '../../src/sync/index.js';

type Members = Record<string, unknown>;

const mutation = (op: Mutation['op'], content: Record<string, number> = {}): Mutation => ({
  id: `${op}-${Math.random()}`,
  seq: 1,
  collection: 'tasks',
  key: 'k',
  op,
  at: '',
  ...(op === 'update'
    ? { patch: content }
    : op === 'delete'
      ? {}
      : { value: { ...content, id: 'k' } }),
});

describe('coalescing', () => {
  it('keeps a create a create when an update follows it', () => {
    const one = coalesce(mutation('create', { a: 1 }), mutation('update', { b: 2 }));
    expect(one).to.deep.include({ op: 'create', value: { id: 'k', a: 1, b: 2 } });
  });

  it('leaves nothing of a create that is deleted before it was sent', () => {
    expect(coalesce(mutation('create'), mutation('delete'))).to.equal(null);
  });

  it('makes one patch of two', () => {
    const one = coalesce(mutation('update', { a: 1, b: 1 }), mutation('update', { b: 2 }));
    expect(one).to.deep.include({ op: 'update', patch: { a: 1, b: 2 } });
  });

  it('deletes what was updated and then deleted', () => {
    const one = coalesce(mutation('update', { a: 1 }), mutation('delete'));
    expect(one).to.include({ op: 'delete' }).and.not.have.property('patch');
  });

  it('replaces what was deleted and then created', () => {
    const one = coalesce(mutation('delete'), mutation('create', { a: 2 }));
    expect(one).to.deep.include({ op: 'replace', value: { id: 'k', a: 2 } });
  });

  it('keeps the place and the id of the first', () => {
    const first = mutation('create', { a: 1 });
    const one = coalesce(first, mutation('update', { a: 2 }));
    expect(one).to.include({ id: first.id, seq: first.seq });
  });

  const content = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 5 }));
  const start = fc.option(content.map((row) => ({ ...row, id: 'k' }) as Row));
  /** What a user can do to a row, in an order that makes sense for it. */
  const steps = fc.array(fc.tuple(fc.constantFrom('write', 'remove', 'delete'), content), {
    maxLength: 12,
  });

  /** What one may do to a row after the other, from a row that is there or not. */
  const sequences = fc.tuple(start, steps).map(([row, all]) => {
    let now = row;
    const sequence = all.flatMap(([what, value], i) => {
      if (what !== 'write' && !now) return [];
      const op = what === 'delete' ? 'delete' : now ? 'update' : 'create';
      const { a: _, ...rest } = value;
      const written =
        what === 'remove' ? { ...mutation(op, rest), remove: ['a'] } : mutation(op, value);
      const next = carried({ ...written, seq: i + 1, at: `${i}` }, now, now, undefined);
      now = applied(next, now);
      return [next];
    });
    return { row, sequence };
  });
  const contentOf = (joined: Mutation | null) =>
    joined && { op: joined.op, value: joined.value, patch: joined.patch };

  it('has no member that was removed, nor a word for it, once it is carried to the row', () => {
    fc.assert(
      fc.property(content, content, start, (patch, members, on) => {
        const row = { ...members, id: 'k' };
        const { a: _, ...rest } = patch;
        const write = { ...mutation('update', rest), remove: ['a', 'id'] };
        const next = carried(write, on, row, undefined);
        expect(next).not.to.have.property('remove');
        const { a: _a, ...left } = row as Members;
        expect(applied(next, row)).to.deep.equal({ ...left, ...rest });
        expect(applied(next, row)).to.deep.equal(applied(write, row));
      }),
    );
  });

  it('leads to the same row as sending everything, for every sequence of writes', () => {
    fc.assert(
      fc.property(sequences, ({ row, sequence }) => {
        const joined = joinAll(sequence);
        const sent = joined ? [joined] : [];
        expect(appliedAll(sent, row)).to.deep.equal(appliedAll(sequence, row));
      }),
    );
  });

  it('is associative: it does not matter which are joined first', () => {
    fc.assert(
      fc.property(sequences, fc.nat(), ({ sequence }, cut) => {
        const at = sequence.length ? cut % sequence.length : 0;
        const [first, second] = [joinAll(sequence.slice(0, at)), joinAll(sequence.slice(at))];
        const parts = joinAll([first, second].filter((part) => part !== null));
        const all = joinAll(sequence);
        expect(contentOf(parts)).to.deep.equal(contentOf(all));
      }),
    );
  });

  it('keeps the id and the place of the first that is left, and the time of the last', () => {
    fc.assert(
      fc.property(sequences, ({ sequence }) => {
        sequence.reduce<Mutation | null>((before, next) => {
          const joined = before ? coalesce(before, next) : next;
          if (before && joined)
            expect(joined).to.include({ id: before.id, seq: before.seq, at: next.at });
          return joined;
        }, null);
      }),
    );
  });

  it('changes neither of the two', () => {
    fc.assert(
      fc.property(sequences, ({ sequence }) => {
        const before = structuredClone(sequence);
        joinAll(sequence);
        expect(sequence).to.deep.equal(before);
      }),
    );
  });

  it('leaves alone what was offered to the server, and what waits for a person to decide', () => {
    const marks = fc.record(
      {
        sent: fc.constant({ base: 1 }),
        problem: fc.constantFrom(problem('invalid'), problem('conflict')),
        conflict: fc.constant({ version: 2, row: null }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 4 }), (all) => {
        const pending = all.map((mark) => ({ ...mutation('update'), ...mark }) as Mutation);
        const found = joinable(pending);
        expect(found?.conflict).to.equal(undefined);
        if (found?.sent) expect(found.problem?.code).to.equal('invalid');
        if (found)
          expect(pending.findLast((one) => one.problem?.code !== 'conflict')).to.equal(found);
      }),
    );
  });

  it('finds no more than what changed', () => {
    fc.assert(
      fc.property(start, start, (from, to) => {
        const { patch = {} } = difference(from, to) ?? {};
        for (const name of Object.keys(patch))
          expect(same((from as unknown as Members)[name], patch[name])).to.equal(false);
      }),
    );
  });

  it('finds the change that leads from any row to any other', () => {
    fc.assert(
      fc.property(start, start, (from, to) => {
        const edit = difference(from, to);
        const reached = edit ? appliedAll([{ ...mutation(edit.op), ...edit }], from) : from;
        expect(reached).to.deep.equal(to);
        expect(edit === null).to.equal(same(from, to));
      }),
    );
  });
});
