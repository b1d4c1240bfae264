/** Every result of every query is that of a filter and a sort from scratch, with indexes or without. */
import { expect } from 'chai';
import fc from 'fast-check';
import { evaluate, member, type Condition } from '../../src/conditions/index.js';
import { testPattern } from '../../src/sync/query/pattern.js';
import { Queries } from '../../src/sync/query/query.js';
import type { Entry } from '../../src/sync/log/entry.js';
import type { AnyRow, Query, Row } from '../../src/sync/index.js';

const judges = { groups: {}, testPattern, exact: true, steps: { left: Infinity } };
const INDEXES = ['a', 'b', 'a+b', 'b+a', 'c.d', 'a+b+c.d'];

// Few values, so that they meet; those that convert into one another among them.
const scalar = fc.constantFrom<(string | number | boolean | null)[]>(
  ...[null, true, false, 0, 1, 2, -1, 0.5, 10],
  ...['', '0', '1', '10', '1.0', 'null', 'true', 'x', 'y', 'X'],
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.record({ d: scalar }) },
);
const members = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });

const operators = fc.oneof(
  fc.record({ $eq: value }),
  fc.record({ $ne: value }),
  fc.record({ $in: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $regex: fc.constantFrom('^1', 'x', '') }),
  fc.record(
    { $gt: scalar, $gte: scalar, $lt: scalar, $lte: scalar },
    { requiredKeys: [], noNullPrototype: true },
  ),
);
const path = fc.constantFrom('a', 'b', 'c', 'c.d', 'id');
const member1 = fc
  .tuple(path, fc.oneof(value, operators))
  .map(([name, expected]) => ({ [name]: expected }) as Condition);
const both = fc.tuple(member1, member1).map(([one, other]) => ({ ...one, ...other }));
const bounds = fc.oneof(
  { weight: 1, arbitrary: scalar },
  { weight: 3, arbitrary: fc.record({ $in: fc.array(scalar, { maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ $gt: scalar }) },
  { weight: 1, arbitrary: fc.record({ $lte: scalar }) },
);
const where = fc.oneof(
  { weight: 6, arbitrary: fc.record({ a: bounds, b: bounds }, { requiredKeys: [] }) },
  member1,
  both,
  fc.array(member1, { maxLength: 3 }).map(($and) => ({ $and })),
  fc.array(member1, { minLength: 1, maxLength: 2 }).map(($or) => ({ $or })),
  fc.tuple(member1, member1).map(([one, other]) => ({ ...one, $not: other })),
  fc.array(fc.constantFrom('k1', 'k2', 'k3'), { maxLength: 3 }).map(($in) => ({ id: { $in } })),
);
const orders = ['a', '-a', 'b', 'c.d', '-c.d', 'id', '-id', ['a', 'b'], ['-a', '-b'], ['a', '-b']];
const query = fc.record(
  {
    where,
    orderBy: fc.constantFrom(...orders),
    limit: fc.integer({ min: 0, max: 5 }),
    offset: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Query>;

const MOST = 250;
const id = fc.integer({ min: 1, max: MOST }).map((n) => `k${n}`);
/** `null` deletes. */
const change = fc.tuple(id, fc.option(members, { freq: 3 }));
/** Deletes many: what is spared of a result runs out. */
const sweep = fc
  .tuple(fc.integer({ min: 1, max: MOST }), fc.integer({ min: 1, max: MOST }))
  .map(([from, count]) => Array.from({ length: count }, (_, i) => [`k${from + i}`, null] as const));
const turn = fc.oneof(
  sweep,
  fc.array(change, { minLength: 1, maxLength: 4 }),
  fc.array(change, { minLength: 20, maxLength: 60 }),
);

describe('queries, whatever the rows, the conditions and the changes', () => {
  it('give what a filter and a sort from scratch give', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(members, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: MOST }),
        fc.array(query, { minLength: 1, maxLength: 6 }),
        fc.subarray(INDEXES),
        fc.array(turn, { maxLength: 6 }),
        async (kinds, count, asked, indexes, turns) => {
          const table = new Table(indexes);
          for (let i = 0; i < count; i++) table.set(`k${i + 1}`, kinds[i % kinds.length]!);
          const live = asked.map((query) => follow(table, query));
          for (const changes of turns) {
            for (const [key, row] of changes) table.set(key, row);
            await Promise.resolve();
            for (const [i, query] of asked.entries()) {
              const expected = table.naive(query);
              expect(live[i]!.rows, 'subscribed').to.deep.equal(expected);
              // Asked anew, so that the indexes answer, past what equal queries share.
              const again = { ...query, where: { $and: [query.where ?? {}, { id: { $ne: i } }] } };
              expect(table.query(again).get(), 'asked').to.deep.equal(expected);
              expect(table.query(again).get()).to.equal(table.query(again).get());
            }
          }
        },
      ),
      { numRuns: 250 },
    );
  }).timeout(60_000);
});

it('a query tells a row once that changes in the turn in which another gets its final id', async () => {
  const row = (id: string, rank: number) => ({ id, rank });
  const rows = new Map(['a', 'b'].map((id, rank) => [id, entry(row(id, rank))]));
  let renamed = false;
  const queries = new Queries(
    () => rows,
    {},
    (_, where) => (renamed ? { id: { $in: ['b', 'c'] } } : where),
  );
  let seen: unknown;
  queries
    .query('rows', { where: { id: { $in: ['a', 'b'] } }, orderBy: '-rank' })
    .subscribe((now) => (seen = now));
  rows.set('b', entry(row('b', 5)));
  queries.changed('rows', row('b', 1), row('b', 5));
  renamed = true;
  queries.renamed();
  await Promise.resolve();
  expect(seen).to.deep.equal([row('b', 5)]);
});

function entry(view: Row): Entry {
  return { view } as Entry;
}

function follow(table: Table, query: Query): { rows: readonly Row[] } {
  const seen: { rows: readonly Row[] } = { rows: [] };
  table.query(query).subscribe((rows) => {
    // Told again, then something is new.
    if (seen.rows.length) expect(rows).not.to.deep.equal(seen.rows);
    seen.rows = rows;
  });
  return seen;
}

class Table {
  readonly #entries = new Map<string, Entry>();
  readonly #queries: Queries;

  constructor(indexes: string[]) {
    this.#queries = new Queries(() => this.#entries, { rows: { indexes } });
  }

  query(query: Query) {
    return this.#queries.query('rows', query);
  }

  set(key: string, row: object | null): void {
    const before = this.#entries.get(key)?.view ?? null;
    const after = row && { ...row, id: key };
    if (after) this.#entries.set(key, entry(after));
    else this.#entries.delete(key);
    if (before || after) this.#queries.changed('rows', before, after);
  }

  naive({ where = {}, orderBy = [], limit, offset = 0 }: Query): Row[] {
    const order = [orderBy].flat();
    const last = order.at(-1)?.startsWith('-') ? -1 : 1;
    const rows = [...this.#entries.values()].flatMap(({ view }) => view ?? []) as AnyRow[];
    return rows
      .filter((row) => evaluate(where, row, judges))
      .sort((x, y) => {
        for (const name of order) {
          const [path, sign] = name.startsWith('-') ? [name.slice(1), -1] : [name, 1];
          const [p, q] = [member(x, path), member(y, path)];
          if (rank(p) !== rank(q)) return sign * (rank(p) - rank(q));
          if (rank(p) < 4 && p !== q) return sign * ((p as number) < (q as number) ? -1 : 1);
        }
        return x.id < y.id ? -last : last;
      })
      .slice(offset, limit === undefined ? undefined : offset + limit);
  }
}

function rank(value: unknown): number {
  return value === null ? 0 : ({ boolean: 1, number: 2, string: 3 }[typeof value as string] ?? 4);
}
