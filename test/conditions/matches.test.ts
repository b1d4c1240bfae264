import { expect } from 'chai';
import fc from 'fast-check';
import { matches, type Condition } from '../../src/conditions/index.js';

const user = {
  id: 'u1',
  age: 34,
  country: 'DE',
  tags: ['beta', 'Staff'],
  orders: [
    { total: 10, items: 1 },
    { total: 250, items: 3 },
  ],
  app: { version: '2.10.0', beta: false },
  referrer: null,
  one: [5],
  none: [],
  yes: true,
  scores: [null, 0, ''],
  weird: [{ toString: 1, valueOf: 2 }],
};

/** [what is checked, condition, whether `user` satisfies it] */
const table: [string, Condition, boolean][] = [
  ['an empty condition holds', {}, true],
  ['a member equals', { country: 'DE' }, true],
  ['a member differs', { country: 'AT' }, false],
  ['every key must hold', { country: 'DE', age: 35 }, false],
  ['a number equals its digits as text', { age: '34' }, true],
  ['a dotted path reaches inside', { 'app.version': '2.10.0' }, true],
  ['a path through nothing is null', { 'app.build.number': null }, true],
  ['a path through an array takes an index', { 'orders.1.total': 250 }, true],
  ['a member of the prototype is not there', { 'constructor.name': 'Object' }, false],
  ['null equals null', { referrer: null }, true],
  ['null is not there', { referrer: { $exists: false } }, true],
  ['a value is there', { age: { $exists: true } }, true],
  ['an array equals in order', { tags: ['beta', 'Staff'] }, true],
  ['an array in another order differs', { tags: ['Staff', 'beta'] }, false],
  ['an object equals whole', { app: { version: '2.10.0', beta: false } }, true],
  ['$eq is strict about types', { age: { $eq: '34' } }, false],
  ['$ne', { age: { $ne: 35 } }, true],
  ['a range', { age: { $gte: 34, $lt: 35 } }, true],
  ['a range missed', { age: { $gt: 34 } }, false],
  ['$lte on text', { country: { $lte: 'DE' } }, true],
  ['objects have no order', { app: { $gte: 'a' } }, false],
  ['a number equals a list of it alone, as its text', { one: 5 }, true],
  ['a list compares as its text', { one: { $lt: 6 } }, true],
  ['an empty list is 0', { none: 0 }, true],
  ['true is 1', { yes: 1 }, true],
  ['null is 0', { referrer: 0 }, true],
  ['text that is no number has no order with numbers', { country: { $lt: 5 } }, false],
  ['$elemMatch finds 0', { scores: { $elemMatch: { $lt: 1 } } }, true],
  ['$elemMatch finds an empty text', { scores: { $elemMatch: { $eq: '' } } }, true],
  ['$elemMatch never finds null', { scores: { $elemMatch: { $exists: false } } }, false],
  ['an operator that only looks like one for versions', { age: { $vnear: 34 } }, false],
  ['members named as those of objects', { weird: { $lt: 5 } }, false],
  ['$in', { country: { $in: ['AT', 'DE'] } }, true],
  ['$in takes any element of an array', { tags: { $in: ['x', 'beta'] } }, true],
  ['$in without a list', { country: { $in: 'DE' } }, false],
  ['$nin', { country: { $nin: ['AT'] } }, true],
  ['$nin without a list', { country: { $nin: 'AT' } }, false],
  ['$in minds case', { tags: { $in: ['staff'] } }, false],
  ['$ini does not', { tags: { $ini: ['STAFF'] } }, true],
  ['$nini does not', { country: { $nini: ['de'] } }, false],
  ['$all', { tags: { $all: ['Staff', 'beta'] } }, true],
  ['$all missing one', { tags: { $all: ['beta', 'x'] } }, false],
  ['$all with operators', { tags: { $all: [{ $regex: '^be' }] } }, true],
  ['$alli', { tags: { $alli: ['STAFF'] } }, true],
  ['$size', { tags: { $size: 2 } }, true],
  ['$size with operators', { tags: { $size: { $gt: 2 } } }, false],
  ['$size of no array', { country: { $size: 2 } }, false],
  [
    '$elemMatch with a condition',
    { orders: { $elemMatch: { total: { $gt: 100 }, items: 3 } } },
    true,
  ],
  [
    '$elemMatch needs one element for all',
    { orders: { $elemMatch: { total: 10, items: 3 } } },
    false,
  ],
  ['$elemMatch with operators', { tags: { $elemMatch: { $eq: 'beta' } } }, true],
  ['$regex', { country: { $regex: '^D.$' } }, true],
  ['$regex minds case', { country: { $regex: '^d' } }, false],
  ['$regexi does not', { country: { $regexi: '^d' } }, true],
  ['$type', { tags: { $type: 'array' } }, true],
  ['$type of null', { referrer: { $type: 'null' } }, true],
  ['$not on a member', { age: { $not: { $gt: 40 } } }, true],
  ['$not on a condition', { $not: { country: 'DE' } }, false],
  ['$and', { $and: [{ age: 34 }, { country: 'DE' }] }, true],
  ['$or', { $or: [{ age: 1 }, { country: 'DE' }] }, true],
  ['$nor', { $nor: [{ age: 1 }, { country: 'DE' }] }, false],
  ['an empty $or asks for nothing', { $or: [] }, true],
  ['$vgt by number, not by text', { 'app.version': { $vgt: '2.9.3' } }, true],
  ['$vlt', { 'app.version': { $vlt: '2.10.0' } }, false],
  ['$veq ignores v and build', { 'app.version': { $veq: 'v2.10.0+b7' } }, true],
  ['a release comes after its pre-release', { 'app.version': { $vgt: '2.10.0-rc.1' } }, true],
  ['an unknown operator never holds', { age: { $near: 34 } }, false],
  ['an unknown operator beside a known one', { age: { $eq: 34, $near: 1 } }, false],
  ['a malformed $and does not hold', { $and: 'x' }, false],
  ['a malformed $not does not hold', { $not: 'x' }, false],
  ['a member that starts with $ is an ordinary path', { $app: null }, true],
];

describe('conditions', () => {
  for (const [name, condition, expected] of table) {
    it(`${name}: ${JSON.stringify(condition)} is ${expected}`, () => {
      expect(matches(condition, user)).to.equal(expected);
    });
  }

  it('looks groups up by name', () => {
    const groups = { staff: ['u1', 'u2'], tags: ['beta'] };
    expect(matches({ id: { $inGroup: 'staff' } }, user, { groups })).to.equal(true);
    expect(matches({ tags: { $inGroup: 'tags' } }, user, { groups })).to.equal(true);
    expect(matches({ id: { $notInGroup: 'staff' } }, user, { groups })).to.equal(false);
    expect(matches({ id: { $inGroup: 'constructor' } }, user, { groups })).to.equal(false);
    expect(matches({ id: { $inGroup: 'staff' } }, user)).to.equal(false);
  });

  it('treats a missing attribute as null in comparisons, as GrowthBook does', () => {
    expect(matches({ n: { $gt: -10, $lt: 10 } }, {})).to.equal(true);
    expect(matches({ n: { $gt: 0 } }, {})).to.equal(false);
  });

  it('matches nothing but {} against a value that is no object', () => {
    expect(matches({}, null)).to.equal(true);
    expect(matches({ a: 1 }, 'text')).to.equal(false);
  });
});

describe('conditions, whatever they hold', () => {
  const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string());
  const row = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(scalar, fc.array(scalar)));
  const operator = fc.constantFrom(
    '$eq',
    '$ne',
    '$lt',
    '$gte',
    '$in',
    '$nin',
    '$regex',
    '$size',
    '$veq',
  );
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { depthSize: 'small' },
      fc.dictionary(
        fc.constantFrom('a', 'b', 'c', 'a.b'),
        fc.oneof(scalar, fc.dictionary(operator, fc.oneof(scalar, fc.array(scalar)))),
      ),
      fc.record({ $and: fc.array(tie('condition'), { maxLength: 3 }) }),
      fc.record({ $or: fc.array(tie('condition'), { maxLength: 3 }) }),
      fc.record({ $not: tie('condition') }),
    ) as fc.Arbitrary<Condition>,
  }));

  it('answer true or false to any JSON, without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (any, value) => {
        expect(matches(any as Condition, value)).to.be.a('boolean');
      }),
    );
  });

  it('obey the laws of logic', () => {
    fc.assert(
      fc.property(condition, condition, row, (a, b, value) => {
        const holdsA = matches(a, value);
        const holdsB = matches(b, value);
        expect(matches({ $not: a }, value)).to.equal(!holdsA);
        expect(matches({ $and: [a, b] }, value)).to.equal(holdsA && holdsB);
        expect(matches({ $or: [a, b] }, value)).to.equal(holdsA || holdsB);
        expect(matches({ $nor: [a, b] }, value)).to.equal(!holdsA && !holdsB);
      }),
    );
  });

  it('mean the same after a trip through JSON', () => {
    fc.assert(
      fc.property(condition, row, (any, value) => {
        const copy = JSON.parse(JSON.stringify(any)) as Condition;
        expect(matches(copy, value)).to.equal(matches(any, value));
      }),
    );
  });

  it('order versions: numbers by value at every part', () => {
    const version = fc.tuple(fc.nat(9999), fc.nat(9999), fc.nat(9999));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const first = a.findIndex((part, i) => part !== b[i]);
        const less = first >= 0 && (a[first] ?? 0) < (b[first] ?? 0);
        expect(matches({ v: { $vlt: b.join('.') } }, { v: a.join('.') })).to.equal(less);
      }),
    );
  });
});
