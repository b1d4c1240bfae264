import { expect } from 'chai';
import type { Condition } from '../../../src/conditions/index.js';
import { ExperimentsError, type Attributes } from '../../../src/experiments/index.js';
import {
  importGrowthBook,
  stickyInStorage,
  type GrowthBookExperiment,
  type GrowthBookPayload,
  type GrowthBookRule,
  type StickyDocument,
} from '../../../src/experiments/growthbook/index.js';

const payload: GrowthBookPayload = {
  features: {
    banner: {
      defaultValue: 'none',
      rules: [
        { id: 'staff', condition: { id: { $inGroup: 'staff' } }, force: 'internal' },
        {
          id: 'some',
          condition: { country: 'NL' },
          force: 'orange',
          coverage: 0.5,
          hashVersion: 2,
        },
        {
          id: 'test',
          key: 'banner-test',
          variations: ['none', 'blue'],
          meta: [{ key: 'control' }, { key: 'blue', name: 'Blue' }],
          hashVersion: 2,
          seed: 'banner-seed',
          fallbackAttribute: 'visitor',
        },
      ],
    },
    child: {
      defaultValue: false,
      rules: [
        {
          parentConditions: [{ id: 'banner', condition: { value: 'blue' }, gate: true }],
          force: true,
        },
      ],
    },
    circle: { rules: [{ parentConditions: [{ id: 'circle', condition: {} }], force: true }] },
  },
  experiments: [
    {
      key: 'landing',
      variations: [{}, { urlRedirect: 'https://shop.example/new' }],
      weights: [0, 1],
      urlPatterns: [{ include: true, type: 'simple', pattern: '/old' }],
      persistQueryString: true,
    },
  ],
  savedGroups: { staff: ['u0'] },
};
const units = Array.from({ length: 40 }, (_, i) => `u${i + 1}`);

/** The first unit that gets this value of the feature. */
async function unitWith(value: unknown): Promise<string> {
  const { evaluateFeature } = importGrowthBook(payload);
  return units.find((id) => evaluateFeature('banner', { id }).value === value)!;
}

async function codeOf(start: () => unknown): Promise<string | undefined> {
  const error = await (async () => start())().catch((e: unknown) => e);
  return error instanceof ExperimentsError ? error.code : undefined;
}

const key = 'Ns04T5n9+59rl2x3SlNHtQ==';

async function encrypt(value: unknown): Promise<string> {
  const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const aes = await crypto.subtle.importKey('raw', bytes(key), 'AES-CBC', false, ['encrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const clear = new TextEncoder().encode(JSON.stringify(value));
  const text = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, aes, clear);
  const base64 = (data: Uint8Array) => btoa(String.fromCharCode(...data));
  return `${base64(iv)}.${base64(new Uint8Array(text))}`;
}

describe('importGrowthBook', () => {
  it('evaluates forced values, experiments and defaults, with GrowthBook’s shapes', async () => {
    const { evaluateFeature } = importGrowthBook(payload);
    expect(evaluateFeature('banner', { id: 'u0' })).to.deep.equal({
      value: 'internal',
      on: true,
      off: false,
      source: 'force',
      ruleId: 'staff',
    });
    const id = await unitWith('blue');
    const result = evaluateFeature('banner', { id });
    expect(result).to.include({ value: 'blue', source: 'experiment', ruleId: 'test' });
    expect(result.experimentResult).to.include({
      key: 'blue',
      name: 'Blue',
      variationId: 1,
      inExperiment: true,
      hashUsed: true,
      hashAttribute: 'id',
      hashValue: id,
      featureId: 'banner',
    });
    expect(evaluateFeature('banner', {})).to.include({ value: 'none', source: 'defaultValue' });
    expect(evaluateFeature('missing', { id })).to.include({
      value: null,
      source: 'unknownFeature',
    });
  });

  it('knows prerequisites, and ends in a circle of them', async () => {
    const { evaluateFeature } = importGrowthBook(payload);
    const [blue, none] = [await unitWith('blue'), await unitWith('none')];
    expect(evaluateFeature('child', { id: blue })).to.include({ value: true, source: 'force' });
    expect(evaluateFeature('child', { id: none })).to.include({
      value: null,
      source: 'prerequisite',
    });
    expect(evaluateFeature('circle', { id: blue }).source).to.equal('cyclicPrerequisite');
  });

  it('tells an attribute that is undefined from one that is absent, as GrowthBook does', () => {
    const value = (condition: Condition, attributes: Attributes): unknown =>
      importGrowthBook({
        features: { f: { defaultValue: 'no', rules: [{ condition, force: 'yes' }] } },
      }).evaluateFeature('f', { id: 'u1', ...attributes }).value;
    const minors = { age: { $lt: 18 } };
    expect(value(minors, { age: undefined })).to.equal('no');
    expect(value(minors, {})).to.equal('yes');
    expect(value({ country: null }, { country: undefined })).to.equal('no');
    expect(value({ country: null }, {})).to.equal('yes');
    expect(value({ premium: false }, { premium: undefined })).to.equal('yes');
    expect(value({ premium: { $exists: false } }, { premium: undefined })).to.equal('yes');
    expect(value({ 'geo.city': { $type: 'undefined' } }, { geo: { city: undefined } })).to.equal(
      'yes',
    );
  });

  it('tracks each exposure once', async () => {
    const tracked: string[] = [];
    const growthbook = importGrowthBook(payload, {
      track: ({ key }, { hashValue, variationId }) =>
        tracked.push(`${key} ${hashValue} ${variationId}`),
    });
    const id = await unitWith('blue');
    for (let i = 0; i < 3; i++) growthbook.evaluateFeature('banner', { id });
    growthbook.evaluateFeature('banner', { id: 'u0' });
    expect(tracked).to.deep.equal([`banner-test ${id} 1`]);
  });

  it('tracks nothing that is forced, asked for by the address, or in QA', async () => {
    const tracked: unknown[] = [];
    const growthbook = importGrowthBook(payload, { track: (...call) => tracked.push(call) });
    const id = await unitWith('none');
    const experiment: GrowthBookExperiment = { key: 'own', variations: ['a', 'b'] };
    const asked = growthbook.run(experiment, { id }, { url: 'https://x.example/?own=1' });
    expect(asked).to.include({ value: 'b', inExperiment: true, hashUsed: false });
    const forced = growthbook.run(experiment, { id }, { forcedVariations: { own: 1 } });
    expect(forced).to.include({ value: 'b', hashUsed: false });
    expect(growthbook.run(experiment, { id }, { qaMode: true }).inExperiment).to.equal(false);
    expect(growthbook.run(experiment, { id }, { enabled: false }).inExperiment).to.equal(false);
    const value = growthbook.evaluateFeature('banner', { id }, { forcedFeatures: { banner: 5 } });
    expect(value).to.include({ value: 5, source: 'override' });
    expect(tracked).to.deep.equal([]);
  });

  it('keeps variations in sticky documents, also when somebody signs in', async () => {
    const sticky = new Map<string, StickyDocument>();
    const { evaluateFeature } = importGrowthBook(payload, { sticky });
    const visitor = await unitWith('blue');
    const id = await unitWith('none');
    expect(evaluateFeature('banner', { visitor }).value).to.equal('blue');
    expect([...sticky.values()]).to.deep.equal([
      {
        attributeName: 'visitor',
        attributeValue: visitor,
        assignments: { 'banner-test__0': 'blue' },
      },
    ]);
    const known = evaluateFeature('banner', { visitor, id });
    expect(known.value).to.equal('blue');
    expect(known.experimentResult).to.include({ stickyBucketUsed: true, hashAttribute: 'id' });
    expect(sticky.get(`id||${id}`)?.assignments).to.deep.equal({ 'banner-test__0': 'blue' });
  });

  it('reads and writes the documents that GrowthBook’s SDK keeps in localStorage', () => {
    const kept = new Map<string, string>([['gbStickyBuckets__id||u1', '{"damaged"']]);
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
    };
    const document = { attributeName: 'id', attributeValue: 'u1', assignments: { a__0: '1' } };
    const documents = stickyInStorage({ storage });
    expect(documents.get('id||u1')).to.equal(undefined);
    documents.set('id||u1', document);
    expect(JSON.parse(kept.get('gbStickyBuckets__id||u1')!)).to.deep.equal(document);
    expect(stickyInStorage({ storage }).get('id||u1')).to.deep.equal(document);
    const full = stickyInStorage({
      storage: {
        getItem: () => null,
        setItem: () => {
          throw new Error('full');
        },
      },
    });
    full.set('id||u1', document);
    expect(full.get('id||u1')).to.deep.equal(document);
  });

  it('decrypts each part of the payload', async () => {
    const encrypted: GrowthBookPayload = {
      encryptedFeatures: await encrypt(payload.features),
      encryptedExperiments: await encrypt(payload.experiments),
      encryptedSavedGroups: await encrypt(payload.savedGroups),
    };
    const growthbook = await importGrowthBook(encrypted, { decryptionKey: key });
    expect(growthbook.evaluateFeature('banner', { id: 'u0' }).value).to.equal('internal');
    expect(growthbook.experiments).to.deep.equal(payload.experiments);
  });

  it('rejects what it can’t decrypt, and what is no payload', async () => {
    const encryptedFeatures = await encrypt({});
    const other = btoa('0123456789abcdef');
    for (const decryptionKey of [other, 'short', '', '%'])
      expect(
        await codeOf(() => importGrowthBook({ encryptedFeatures }, { decryptionKey })),
      ).to.equal('decryption');
    expect(await codeOf(() => importGrowthBook({ encryptedFeatures }))).to.equal('decryption');
    expect(await codeOf(() => importGrowthBook({ encryptedFeatures: 'x' }))).to.equal('decryption');
    for (const none of [null, [], 'x', { features: [] }, { experiments: {} }])
      expect(await codeOf(() => importGrowthBook(none as never)), JSON.stringify(none)).to.equal(
        'payload',
      );
  });

  it('says where a redirect leads, the query kept, and ends where it led to', async () => {
    const growthbook = importGrowthBook(payload);
    const redirect = (url: string) => growthbook.redirect({ id: 'u1' }, { url });
    expect(redirect('https://shop.example/old?a=1')).to.equal('https://shop.example/new?a=1');
    expect(redirect('https://shop.example/new?a=1')).to.equal(null);
    const script = structuredClone(payload);
    script.experiments![0]!.variations[1] = { urlRedirect: 'javascript:alert(1)' };
    const hostile = importGrowthBook(script);
    expect(hostile.redirect({ id: 'u1' }, { url: 'https://shop.example/old' })).to.equal(null);
  });

  it('warns of all that hashes by version 1, whose assignments go together', () => {
    expect(importGrowthBook(payload).warnings).to.have.length(1);
    const variations = [0, 1];
    const v2 = { variations, hashVersion: 2 };
    const ranges: [number, number][] = [[0, 1]];
    const rules: Record<string, GrowthBookRule> = {
      experiment: { variations },
      bandit: { contextualVariations: variations, contextualBanditRef: 'b' },
      rollout: { force: 1, coverage: 0.5 },
      range: { force: 1, range: [0, 0.5] },
      filter: { ...v2, filters: [{ seed: 's', hashVersion: 1, ranges }] },
      namespace: { ...v2, namespace: ['n', 0, 0.5] },
    };
    const fine: Record<string, GrowthBookRule> = {
      forced: { force: 1 },
      second: v2,
      unused: { ...v2, namespace: ['n', 0, 0.5], filters: [{ seed: 's', ranges }] },
    };
    const features = Object.entries({ ...rules, ...fine }).map(([id, rule]) => [
      id,
      { rules: [rule] },
    ]);
    const { warnings } = importGrowthBook({ features: Object.fromEntries(features) });
    const named = Object.keys(rules).map((id) => `“${id}” hashes by version 1`);
    expect(warnings.map((warning) => warning.split(':')[0])).to.deep.equal(named);
  });

  it('warns of weights that count as equal ones', () => {
    const rule = (id: string, weights: number[]) => [
      id,
      { rules: [{ variations: [0, 1], hashVersion: 2, weights }] },
    ];
    const features = [rule('fine', [0.3, 0.705]), rule('short', [0.5, 0.2]), rule('few', [1])];
    const { warnings } = importGrowthBook({ features: Object.fromEntries(features) });
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.match(/^“short” has weights .* do not sum to 1/);
    expect(warnings[1]).to.match(/^“few” has weights that are not one for each variation/);
  });
});
