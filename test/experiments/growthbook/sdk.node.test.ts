/**
 * Random payloads against GrowthBook's own SDK: the same values, buckets, exposures, sticky
 * documents and redirects. In Node only: one oracle is enough.
 */
import {
  GrowthBook,
  StickyBucketService,
  type FeatureApiResponse,
  type StickyAssignmentsDocument,
} from '@growthbook/growthbook';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Attributes } from '../../../src/experiments/index.js';
import {
  importGrowthBook,
  type GrowthBookOptions,
  type GrowthBookPayload,
  type StickyDocument,
} from '../../../src/experiments/growthbook/index.js';

const some = fc.constantFrom;
const ids = some<unknown>('u1', 'u2', 'u3', 'u4', 'u5', 'ü6', '7', 8, 0.5, true, [1], { a: 1 });
const attributes = fc.record(
  {
    id: ids,
    company: some('acme', 'globex', ''),
    visitor: some('v1', 'v2', 'v3'),
    country: some('NL', 'DE', 'nl', null, undefined),
    age: some(0, 17, 18, 65, '18', null, undefined),
    premium: some(true, false, undefined),
    tags: fc.array(some('a', 'B', 'b', 5, 0, '', null), { maxLength: 3 }),
    version: some('1.2.3', '1.10.0', '1.2.3-beta', 'v2.0.0+5', '', 2),
    geo: fc.record(
      { city: some('Paris', 'Rome', undefined), at: fc.array(fc.nat(9), { maxLength: 2 }) },
      { noNullPrototype: true },
    ),
    orders: fc.array(fc.record({ total: some(0, 10, 200) }, { noNullPrototype: true }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const path = some(
  'id',
  'country',
  'age',
  'premium',
  'tags',
  'version',
  'geo.city',
  'geo.at',
  'geo',
  'x',
);
const scalar = some<unknown>('NL', 'nl', 'a', 'b', '18', '1.2.3', 0, 5, 18, true, false, null);
const list = fc.array(scalar, { maxLength: 3 });
const one = (name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  value.map((v) => ({ [name]: v }));
const groupName = some('staff', 'list', 'young', 'odd', 'circle', 'unknown');

const { condition } = fc.letrec<{ condition: unknown; operators: unknown }>((tie) => ({
  operators: fc.oneof(
    { depthSize: 'small' },
    ...['$eq', '$ne', '$lt', '$lte', '$gt', '$gte'].map((name) => one(name, scalar)),
    ...['$lt', '$gte'].map((name) => one(name, list)),
    ...['$in', '$nin', '$ini', '$nini', '$all', '$alli'].map((name) => one(name, list)),
    ...['$veq', '$vne', '$vlt', '$vlte', '$vgt', '$vgte'].map((name) =>
      one(name, some('1.2.3', '1.9', '2.0.0', '1.2.3-alpha', 'v1.2.3', '')),
    ),
    one('$exists', fc.boolean()),
    one('$type', some('string', 'number', 'array', 'null', 'object', 'boolean', 'undefined')),
    one('$regex', some('^N', 'b', '1\\.\\d+', '(', '^$', '[a-z]{2}')),
    one('$regexi', some('^n', 'B', 'A|l')),
    one('$size', some<unknown>(0, 1, 2, { $gt: 1 })),
    one('$inGroup', groupName),
    one('$notInGroup', groupName),
    one('$unknown', scalar),
    one('$not', tie('operators')),
    one('$elemMatch', fc.oneof(tie('operators'), some({ total: { $gt: 5 } }, { total: 0 }))),
  ),
  condition: fc.oneof(
    { depthSize: 'small' },
    fc.dictionary(path, fc.oneof(scalar, list, tie('operators')), { maxKeys: 2 }),
    one('orders', tie('operators')),
    ...['$and', '$or', '$nor'].map((name) =>
      one(name, fc.array(tie('condition'), { maxLength: 2 })),
    ),
    one('$not', tie('condition')),
    one('$savedGroup', fc.record({ id: groupName })),
    one(
      '$savedGroup',
      fc.record({ id: groupName, attributeKey: some<unknown>('country', 'id', 5) }),
    ),
  ),
}));

const savedGroups = {
  staff: ['u1', 'u2', 18],
  list: { type: 'list', attributeKey: 'country', values: ['NL', 'DE'] },
  young: { type: 'condition', condition: { age: { $lt: 18 } } },
  odd: { type: 'future' },
  circle: {
    type: 'condition',
    condition: { $or: [{ $savedGroup: { id: 'circle' } }, { id: 'u1' }] },
  },
};

const range = fc
  .tuple(some(0, 0.1, 0.3, 0.5), some(0.5, 0.7, 1))
  .map(([start, end]): [number, number] => [start, end]);
const featureName = some('a', 'b', 'c', 'd');
const parents = fc.array(
  fc.record(
    {
      id: fc.oneof(featureName, fc.constant('none')),
      condition: fc.oneof(
        one('value', fc.oneof(scalar, some({ $exists: true }, { $ne: null }))),
        some({}),
      ),
      gate: fc.boolean(),
    },
    { requiredKeys: ['id', 'condition'] },
  ),
  { maxLength: 2 },
);
const assigning = {
  seed: some('s1', 's2'),
  hashVersion: some(1, 2, 9),
  hashAttribute: some('id', 'company', 'visitor', 'age'),
  fallbackAttribute: some('visitor', 'id'),
  disableStickyBucketing: fc.boolean(),
  bucketVersion: some(0, 1, 2),
  minBucketVersion: some(0, 1, 2),
  coverage: some(0, 0.4, 1, 1.5, -1),
  weights: some([0.5, 0.5], [0.1, 0.9], [0.2, 0.3], [1], [0.3, 0.3, 0.4]),
  ranges: fc.tuple(range, range),
  meta: some<object[]>(
    [{ key: 'control', name: 'Control' }, { key: 'bold' }],
    [{ key: 'control' }, { key: 'bold', passthrough: true }],
    [{}, { name: 'B' }],
  ),
  filters: fc.array(
    fc.record(
      {
        seed: some('f1', 'f2'),
        ranges: fc.array(range, { minLength: 1, maxLength: 2 }),
        attribute: some('company', 'id'),
        hashVersion: some(1, 2),
      },
      { requiredKeys: ['seed', 'ranges'] },
    ),
    { maxLength: 2 },
  ),
  namespace: some<[string, number, number]>(['n', 0, 0.6], ['n', 0.6, 1]),
  condition,
  parentConditions: parents,
};
const value = some<unknown>(true, false, 0, 'on', null, { size: 1 });
const rule = fc.oneof(
  fc.record(
    { ...assigning, id: some('r1', 'r2'), force: value, range },
    { requiredKeys: ['force'] },
  ),
  fc.record(
    { ...assigning, id: some('r1'), variations: fc.tuple(value, value), key: some('e1', 'e2') },
    { requiredKeys: ['variations'] },
  ),
  fc.record(
    {
      ...assigning,
      contextualVariations: fc.tuple(value, value),
      contextualBanditRef: some('bandit', 'none'),
    },
    { requiredKeys: ['contextualVariations'] },
  ),
  fc.record(assigning, { requiredKeys: [] }),
);
const features = fc.dictionary(
  featureName,
  fc.record({ defaultValue: value, rules: fc.array(rule, { maxLength: 3 }) }, { requiredKeys: [] }),
);
const experiment = fc.record(
  {
    ...assigning,
    key: some('e1', 'e2'),
    variations: fc.oneof(fc.tuple(value, value), fc.tuple(value)),
    include: some(
      () => true,
      () => false,
      () => {
        throw new Error('An app’s own.');
      },
    ),
    active: fc.boolean(),
    status: some('draft', 'running', 'stopped'),
    force: some(0, 1, 5),
    urlPatterns: fc.array(
      fc.record({
        include: fc.boolean(),
        type: some('simple', 'regex'),
        pattern: some('/cart*', '*', '^/cart', 'shop.example/*', '/cart?e1=1', '/', '['),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: ['key', 'variations'] },
);
const contextualBandits = {
  bandit: {
    banditVersion: 3,
    contexts: [
      { leafId: 1, condition: { country: 'NL' }, weights: [0.9, 0.1] },
      { leafId: 2, condition: { premium: true }, weights: [0.2, 0.8] },
    ],
  },
};
const documents = fc
  .array(
    fc.record({
      attributeName: some('id', 'visitor', 'company'),
      attributeValue: some('u1', 'u2', 'u3', 'v1', 'acme'),
      assignments: fc.dictionary(
        fc.tuple(some('e1', 'e2', 'a', 'b'), some(0, 1)).map((parts) => parts.join('__')),
        some('control', 'bold', 'gone'),
        { maxKeys: 3 },
      ),
    }),
    { maxLength: 3 },
  )
  .map((all) => new Map(all.map((doc) => [`${doc.attributeName}||${doc.attributeValue}`, doc])));
const url = some(
  '',
  'https://shop.example/cart',
  'https://shop.example/cart?e1=1&x=2#y',
  '/cart?e2=0',
  'https://shop.example/#/cart?e1=1',
  'https://shop.example/?x=1#/cart?e1=1',
);
const options = fc.record(
  {
    forcedVariations: fc.dictionary(some('e1', 'a'), some(0, 1, 7)),
    qaMode: fc.boolean(),
    enabled: fc.boolean(),
  },
  { requiredKeys: [] },
);

class Documents extends StickyBucketService {
  readonly all: Record<string, StickyAssignmentsDocument> = {};
  getAssignments = async () => null;
  saveAssignments = async (doc: StickyAssignmentsDocument) => {
    this.all[`${doc.attributeName}||${doc.attributeValue}`] = doc;
  };
}

describe('a GrowthBook payload', function () {
  this.timeout(60_000);
  const silent = { error: console.error };
  before(() => {
    console.error = () => {}; // The SDK tells of unknown operators and odd weights.
  });
  after(() => {
    console.error = silent.error;
  });

  it('gives what GrowthBook’s SDK gives: values, buckets, exposures and sticky documents', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ features, attributes, experiment, url, options, sticky: fc.option(documents) }),
        async ({ features, experiment, url, options, sticky, ...given }) => {
          // As they are: apps write `{ country: user?.country }`.
          const attributes = given.attributes as Attributes;
          const payload = JSON.parse(
            JSON.stringify({ features, savedGroups, contextualBandits }),
          ) as GrowthBookPayload;
          const { include } = experiment;
          const plain = JSON.parse(JSON.stringify(experiment)) as typeof experiment;
          const inline = { ...plain, ...(include && { include }) };

          const theirs: unknown[] = [];
          const service = new Documents();
          const before = structuredClone(Object.fromEntries(sticky ?? []));
          const sdk = new GrowthBook({
            ...options,
            ...(structuredClone(payload) as FeatureApiResponse),
            attributes,
            url,
            trackingCallback: (experiment, result) => void theirs.push([experiment.key, result]),
            ...(sticky && { stickyBucketService: service, stickyBucketAssignmentDocs: before }),
          });
          const stuck = new Map<string, StickyDocument>(Object.entries(structuredClone(before)));
          const ours: unknown[] = [];
          const growthbook = importGrowthBook(payload, {
            ...options,
            url,
            track: (experiment, result) => void ours.push([experiment.key, result]),
            ...(sticky && { sticky: stuck }),
          });
          for (const key of ['a', 'b', 'c', 'd'])
            expect(growthbook.evaluateFeature(key, attributes), key).to.deep.equal(
              sdk.evalFeature(key),
            );
          expect(growthbook.run(inline as never, attributes)).to.deep.equal(
            sdk.run({ ...structuredClone(plain), ...(include && { include }) } as never),
          );
          expect(ours).to.deep.equal(theirs);
          if (sticky)
            expect(Object.fromEntries(stuck)).to.deep.equal({ ...before, ...service.all });
          sdk.destroy();
        },
      ),
      { numRuns: 400 },
    );
  });

  it('redirects where GrowthBook’s SDK does', async () => {
    const target = some(
      'https://shop.example/new',
      'https://shop.example/cart?x=9',
      'https://other.example/?a=1#b',
      'nowhere',
      '',
    );
    const redirects = fc.array(
      fc.record(
        {
          key: some('r1', 'r2'),
          variations: fc.tuple(
            fc.constant({}),
            fc.oneof(
              target.map((urlRedirect) => ({ urlRedirect })),
              fc.constant({ css: 'x' }),
            ),
          ),
          urlPatterns: some([{ include: true, type: 'simple', pattern: '/cart' }]),
          persistQueryString: fc.boolean(),
          manual: fc.boolean(),
          coverage: some(0.5, 1),
          weights: some([0.2, 0.8]),
        },
        { requiredKeys: ['key', 'variations', 'urlPatterns'] },
      ),
      { maxLength: 3 },
    );
    const page = some('https://shop.example/cart?a=2&a=3&x=1', 'https://shop.example/', '/cart');
    await fc.assert(
      fc.asyncProperty(redirects, ids, page, async (experiments, id, url) => {
        const sdk = new GrowthBook({
          experiments: structuredClone(experiments) as never,
          attributes: { id },
          url,
          navigate: () => {},
          applyDomChangesCallback: () => () => {},
        });
        const growthbook = importGrowthBook({ experiments: experiments as never });
        const options: GrowthBookOptions & { url: string } = { url };
        expect(growthbook.redirect({ id }, options) ?? '').to.equal(sdk.getRedirectUrl());
        sdk.destroy();
      }),
      { numRuns: 200 },
    );
  });
});
