import { expect } from 'chai';
import fc from 'fast-check';
import { appliedAll, coalesce, difference, same } from '../../src/sync/coalesce.js';
import type { Mutation } from '../../src/sync/record.js';
import type { Row } from '../../src/sync/index.js';

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
  const steps = fc.array(fc.tuple(fc.constantFrom('write', 'delete'), content), { maxLength: 12 });

  it('leads to the same row as sending everything, for every sequence of writes', () => {
    fc.assert(
      fc.property(start, steps, (row, all) => {
        let exists = row !== null;
        const sequence = all.flatMap(([what, value]) => {
          if (what === 'delete' && !exists) return [];
          const op = what === 'delete' ? 'delete' : exists ? 'update' : 'create';
          exists = op !== 'delete';
          return [mutation(op, value)];
        });
        const joined = sequence.reduce<Mutation | null>(
          (before, next) => (before ? coalesce(before, next) : next),
          null,
        );
        const sent = joined ? [joined] : [];
        expect(appliedAll(sent, row)).to.deep.equal(appliedAll(sequence, row));
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
