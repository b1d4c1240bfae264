import { expect } from 'chai';
import fc from 'fast-check';
import { same } from '../../src/sync/same.js';
import type { FieldTypes } from '../../src/sync/conflict/fields.js';
import { merge, type Merged } from '../../src/sync/conflict/merge.js';
import type { Row } from '../../src/sync/index.js';

type Members = Record<string, unknown>;

const scalar = fc.integer({ min: 0, max: 3 });
const members = fc.dictionary(fc.constantFrom('a', 'b', 'c'), scalar);
/** Rows with members, an object and a list in them; few values, so that they often agree. */
const row = fc
  .record(
    { a: scalar, b: scalar, in: members, list: fc.array(scalar, { maxLength: 2 }) },
    { requiredKeys: [] },
  )
  .map((content) => ({ ...content, id: 'x' }) as Row);
const rows = fc.tuple(row, row, row);

const disputed = ({ fields }: Merged) => Object.keys(fields);
const at = (from: Row | undefined, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Members | undefined)?.[name], from);
const paths = ['a', 'b', 'list', 'in.a', 'in.b', 'in.c'];

describe('three-way merge', () => {
  it('gives every member a value of one of the sides, for all rows', () => {
    fc.assert(
      fc.property(rows, ([base, local, remote]) => {
        const merged = merge(base, local, remote);
        for (const side of [merged.local, merged.remote])
          for (const path of paths) {
            const sides = [at(local, path), at(remote, path)];
            expect(sides.some((value) => same(value, at(side, path)))).to.equal(true);
          }
      }),
    );
  });

  it('is the other side where one changed nothing, and the row itself where both are equal', () => {
    fc.assert(
      fc.property(rows, ([base, other]) => {
        for (const merged of [
          merge(base, base, other),
          merge(base, other, base),
          merge(base, other, other),
        ]) {
          expect(merged.local).to.deep.equal(other);
          expect(merged.remote).to.deep.equal(other);
          expect(merged.fields).to.deep.equal({});
        }
      }),
    );
  });

  it('commutes: whichever side is called local, the same is in dispute and the rest is equal', () => {
    fc.assert(
      fc.property(rows, ([base, local, remote]) => {
        const one = merge(base, local, remote);
        const other = merge(base, remote, local);
        expect(one.local).to.deep.equal(other.remote);
        expect(one.remote).to.deep.equal(other.local);
        expect(disputed(one)).to.have.members(disputed(other));
      }),
    );
  });

  it('is idempotent: what was merged merges with the server’s row to itself', () => {
    fc.assert(
      fc.property(rows, ([base, local, remote]) => {
        const merged = merge(base, local, remote);
        expect(merge(remote, merged.local, remote).local).to.deep.equal(merged.local);
        expect(merge(merged.base, merged.local, remote).local).to.deep.equal(merged.local);
      }),
    );
  });

  it('leaves what nobody changed, also a member that is not there', () => {
    fc.assert(
      fc.property(rows, ([base, local, remote]) => {
        const merged = merge(base, local, remote);
        for (const path of paths)
          if (same(at(local, path), at(base, path)) && same(at(remote, path), at(base, path)))
            expect(at(merged.local, path)).to.deep.equal(at(base, path));
      }),
    );
  });

  it('names each dispute with the three values; without one both answers are the same row', () => {
    fc.assert(
      fc.property(rows, ([base, local, remote]) => {
        const merged = merge(base, local, remote);
        if (!disputed(merged).length) expect(merged.local).to.deep.equal(merged.remote);
        for (const [path, sides] of Object.entries(merged.fields)) {
          expect(sides.local).to.deep.equal(at(local, path));
          expect(sides.remote).to.deep.equal(at(remote, path));
          expect(same(sides.local, sides.remote)).to.equal(false);
        }
      }),
    );
  });

  it('has a base to go on from: merged again, and when the server has moved, nothing is lost', () => {
    fc.assert(
      fc.property(rows, row, ([base, local, remote], later) => {
        const first = merge(base, local, remote);
        const again = merge(first.base, first.local, remote);
        expect(again.local).to.deep.equal(first.local);
        expect(again.fields).to.deep.equal(first.fields);
        const moved = merge(first.base, first.local, later);
        const open = disputed(moved);
        for (const path of paths)
          if (
            same(at(first.local, path), at(first.base, path)) &&
            !open.some((name) => path.startsWith(name))
          )
            expect(at(moved.local, path)).to.deep.equal(at(later, path));
      }),
    );
  });

  it('takes a member away that one side removed, and asks where the other changed it', () => {
    const base = { id: 'x', a: 1 } as Row;
    const without = { id: 'x' };
    expect(merge(base, without, base).local).to.deep.equal(without);
    const merged = merge(base, without, { id: 'x', a: 2 } as Row);
    expect(merged.fields).to.deep.equal({ a: { base: 1, remote: 2 } });
    expect(merged.local).to.deep.equal(without);
  });

  it('holds two rows that were made apart for one only where untyped members are equal', () => {
    const mine = { id: 'x', name: 'n', count: 2 } as Row;
    const theirs = { id: 'x', name: 'n', count: 3, extra: 1 } as Row;
    const types: FieldTypes = { count: 'counter' };
    expect(merge(null, mine, theirs, types).fields).to.deep.equal({ extra: { remote: 1 } });
    const { extra: _, ...same } = theirs as Row & Members;
    expect(merge(null, mine, same as Row, types).local).to.deep.equal({ ...mine, count: 5 });
  });
});

describe('typed members', () => {
  const typed = (types: FieldTypes, base: Members, local: Members, remote: Members) =>
    merge({ ...base, id: 'x' }, { ...local, id: 'x' }, { ...remote, id: 'x' }, types);

  it('count what both sides counted, also when both came to the same number', () => {
    const types: FieldTypes = { likes: 'counter' };
    const merged = typed(types, { likes: 1 }, { likes: 2 }, { likes: 2 });
    expect(merged.local).to.deep.equal({ id: 'x', likes: 3 });
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (start, up, down) => {
        const counted = typed(
          types,
          { likes: start },
          { likes: start + up },
          { likes: start - down },
        );
        expect(counted.local).to.deep.equal({ id: 'x', likes: start + up - down });
      }),
    );
  });

  it('count in any order to the same number, however the merges are grouped', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 })), fc.boolean(), (steps, reverse) => {
        const likes = (reverse ? steps.toReversed() : steps).reduce((now, step) => {
          const merged = typed({ n: 'counter' }, { n: 0 }, { n: step }, { n: now });
          return (merged.local as unknown as { n: number }).n;
        }, 0);
        expect(likes).to.equal(steps.reduce((sum, step) => sum + step, 0));
      }),
    );
  });

  it('add and remove in a set what either side did; the server’s order, then ours', () => {
    const merged = typed(
      { tags: 'set' },
      { tags: ['old', 'kept'] },
      { tags: ['kept', 'mine', 'both'] },
      { tags: ['both', 'old', 'theirs', 'kept'] },
    );
    expect(merged.local).to.deep.equal({ id: 'x', tags: ['both', 'theirs', 'kept', 'mine'] });
  });

  it('hold in a set what one side added and neither removed, for all sets', () => {
    const value = fc.oneof(scalar, fc.record({ p: scalar, q: scalar }));
    const set = fc.uniqueArray(value, { maxLength: 6, comparator: same });
    fc.assert(
      fc.property(set, set, set, (base, local, remote) => {
        const merged = typed({ tags: 'set' }, { tags: base }, { tags: local }, { tags: remote });
        const { tags } = merged.local as unknown as { tags: unknown[] };
        const has = (list: unknown[], v: unknown) => list.some((other) => same(other, v));
        for (const v of [...base, ...local, ...remote]) {
          const kept = has(base, v) ? has(local, v) && has(remote, v) : true;
          expect(has(tags, v)).to.equal(kept);
        }
        if (!same(base, local) && !same(base, remote))
          expect(tags.every((v, i) => tags.findIndex((w) => same(v, w)) === i)).to.equal(true);
      }),
    );
  });

  it('are found within objects by their path', () => {
    const types: FieldTypes = { 'stats.likes': 'counter' };
    const [base, local, remote] = [
      { stats: { likes: 1, by: 1 } },
      { stats: { likes: 2, by: 1 } },
      { stats: { likes: 5, by: 5 } },
    ];
    const merged = typed(types, base, local, remote);
    expect(merged.local).to.deep.equal({ id: 'x', stats: { likes: 6, by: 5 } });
  });

  it('go by a function of base, local and remote, which sees each side of a real conflict', () => {
    const best = (_: number, local: number, remote: number) => Math.max(local, remote);
    const merged = typed({ best }, { best: 1 }, { best: 9 }, { best: 4 });
    expect(merged.local).to.deep.equal({ id: 'x', best: 9 });
    const never = () => expect.fail('one side changed nothing');
    expect(typed({ best: never }, { best: 1 }, { best: 9 }, { best: 1 }).fields).to.deep.equal({});
  });

  for (const [what, type] of [
    ['throws', () => expect.fail('on purpose')],
    ['has no answer', () => undefined],
    ['answers what is not JSON', () => Number.NaN],
    ['answers a promise', () => Promise.resolve(1)],
  ] as const)
    it(`leave it to the strategy where their function ${what}`, () => {
      const merged = typed({ a: type }, { a: 1 }, { a: 2 }, { a: 3 });
      expect(merged.fields).to.deep.equal({ a: { base: 1, local: 2, remote: 3 } });
    });

  it('leave it to the strategy where a value is not of their type', () => {
    expect(typed({ a: 'counter' }, { a: 1 }, { a: '2' }, { a: 3 }).fields).to.have.key('a');
    expect(typed({ a: 'set' }, { a: [] }, { a: [2] }, { a: 3 }).fields).to.have.key('a');
    expect(typed({ a: 'counter' }, { a: 0 }, { a: 1e308 }, { a: 1.7e308 }).fields).to.have.key('a');
  });

  it('are not those of every object: a member may be called like a method', () => {
    const merged = typed({}, { toString: 1 }, { toString: 2 }, { toString: 3 });
    expect(disputed(merged)).to.deep.equal(['toString']);
  });
});
