/**
 * The behaviour that OpenFeature's specification tests of a provider (evaluation, context, errors,
 * metadata, hooks, events, tracking), through its own SDK, on a real engine.
 */
import { OpenFeature, type EvaluationContext, type JsonValue } from '@openfeature/web-sdk';
import { expect } from 'chai';
import {
  createExperiments,
  type ExperimentConfig,
  type ExperimentsConfig,
  type ExperimentsOptions,
} from '../../../src/experiments/index.js';
import { BytelystProvider } from '../../../src/bindings/openfeature/index.js';
import { createSyncEngine, memoryStorage, type SyncEngine } from '../../../src/sync/index.js';

/** A flag: its variants, the control first; `everybody` gets the one of that key. */
function flag(
  key: string,
  variants: Record<string, unknown>,
  everybody: string,
  change: Partial<ExperimentConfig> = {},
): ExperimentConfig {
  return {
    key,
    status: 'running',
    phase: 1,
    hashAttribute: 'id',
    hashVersion: 3,
    seed: key,
    coverage: 1,
    variants: Object.entries(variants).map(([name, payload]) => ({
      key: name,
      weight: name === everybody ? 1 : 0,
      payload,
    })),
    ...change,
  };
}

const picture = { showImages: true, title: 'Pictures', imagesPerPage: 100 };
const condition = { email: 'somebody@example.com' };
const config: ExperimentsConfig = {
  experiments: [
    flag('boolean', { off: false, on: true }, 'on'),
    flag('string', { parting: 'bye', greeting: 'hi' }, 'greeting'),
    flag('integer', { one: 1, ten: 10 }, 'ten'),
    flag('float', { tenth: 0.1, half: 0.5 }, 'half'),
    flag('object', { empty: {}, template: picture }, 'template'),
    flag('boolean-zero', { zero: false, other: true }, 'zero', { condition }),
    flag('string-zero', { zero: '', other: 'text' }, 'zero', { condition }),
    flag('number-zero', { zero: 0, other: 1 }, 'zero', { condition }),
    flag('object-zero', { zero: {}, other: picture }, 'zero', { condition }),
    flag('context-aware', { external: 'EXTERNAL', internal: 'INTERNAL' }, 'internal', {
      condition: { customer: false },
    }),
    flag('bare', { control: null, bold: undefined }, 'bold'),
    flag('described', { off: false, on: true }, 'on', {
      metadata: { text: '1.0.2', integer: 2, float: 0.1, boolean: true },
    }),
    flag('split', { a: 'a', b: 'b' }, 'none', {
      variants: [
        { key: 'a', weight: 0.5 },
        { key: 'b', weight: 0.5 },
      ],
    }),
    flag('paused', { off: false, on: true }, 'on', { status: 'paused' }),
  ],
};

describe('the OpenFeature provider', () => {
  let sync: SyncEngine;
  let errors: unknown[];

  beforeEach(() => {
    errors = [];
    sync = createSyncEngine({
      storage: memoryStorage(),
      entities: { exposures: { append: 'keep' }, conversions: { append: 'forget' } },
      transport: { push: () => new Promise(() => {}), pull: async function* () {} },
    });
  });
  afterEach(async () => {
    await OpenFeature.clearProviders();
    await OpenFeature.clearContexts();
    await sync.close();
  });

  function provider(options: Partial<ExperimentsOptions> = {}) {
    const experiments = createExperiments({
      sync,
      config,
      attributes: { id: 'visitor-42' },
      onError: (error) => errors.push(error),
      ...options,
    });
    return {
      experiments,
      provider: new BytelystProvider({ experiments, onError: (error) => errors.push(error) }),
    };
  }
  async function client(context: EvaluationContext = {}) {
    const made = provider();
    await OpenFeature.setProviderAndWait(made.provider, context);
    return { ...made, client: OpenFeature.getClient() };
  }
  const rows = (name: string) => sync.collection(name).query().get();

  it('resolves values of every type, with their variant, and no metadata where there is none', async () => {
    const { client: flags } = await client();
    const details = [
      flags.getBooleanDetails('boolean', false),
      flags.getStringDetails('string', 'bye'),
      flags.getNumberDetails('integer', 1),
      flags.getNumberDetails('float', 0.1),
      flags.getObjectDetails('object', {}),
    ];
    expect(details.map(({ value }) => value)).to.deep.equal([true, 'hi', 10, 0.5, picture]);
    expect(details.map(({ variant }) => variant)).to.deep.equal(
      'on greeting ten half template'.split(' '),
    );
    expect(details.map(({ flagKey }) => flagKey)).to.deep.equal(
      'boolean string integer float object'.split(' '),
    );
    for (const { reason, errorCode, flagMetadata } of details) {
      expect([reason, errorCode]).to.deep.equal(['STATIC', undefined]);
      expect(flagMetadata).to.deep.equal({});
    }
  });

  const zeros: [string, JsonValue, JsonValue][] = [
    ['boolean-zero', true, false],
    ['string-zero', 'hi', ''],
    ['number-zero', 1, 0],
    ['object-zero', { a: 1 }, {}],
  ];
  const contexts: [string, EvaluationContext, string][] = [
    ['a match', { email: 'somebody@example.com' }, 'TARGETING_MATCH'],
    ['no match', { email: 'nobody@example.com' }, 'DEFAULT'],
    ['an empty context', {}, 'DEFAULT'],
    ['a null', { email: null as never }, 'DEFAULT'],
  ];
  for (const [name, context, reason] of contexts) {
    it(`resolves values that are false, empty or 0, for ${name} by ${reason}`, async () => {
      const { provider } = await client();
      for (const [key, fallback, value] of zeros) {
        const details =
          typeof fallback === 'boolean'
            ? provider.resolveBooleanEvaluation(key, fallback, context)
            : typeof fallback === 'string'
              ? provider.resolveStringEvaluation(key, fallback, context)
              : typeof fallback === 'number'
                ? provider.resolveNumberEvaluation(key, fallback, context)
                : provider.resolveObjectEvaluation(key, fallback, context);
        expect(details, key).to.deep.include({ value, reason, variant: 'zero' });
      }
    });
  }

  it('decides anew when the context changes', async () => {
    const { client: flags } = await client({ fn: 'A', ln: 'B', age: 29, customer: false });
    expect(flags.getStringValue('context-aware', 'EXTERNAL')).to.equal('INTERNAL');
    await OpenFeature.setContext({});
    expect(flags.getStringValue('context-aware', 'EXTERNAL')).to.equal('EXTERNAL');
  });

  it('hands on metadata', async () => {
    const { client: flags } = await client();
    expect(flags.getBooleanDetails('described', false).flagMetadata).to.deep.equal({
      text: '1.0.2',
      integer: 2,
      float: 0.1,
      boolean: true,
    });
  });

  it('gives the default and says why for what is unknown or of another type', async () => {
    const { client: flags, experiments } = await client();
    const missing = [
      flags.getBooleanDetails('none', true),
      flags.getStringDetails('none', 'bye'),
      flags.getNumberDetails('none', 0.1),
      flags.getObjectDetails('none', { a: 1 }),
    ];
    expect(missing.map(({ value }) => value)).to.deep.equal([true, 'bye', 0.1, { a: 1 }]);
    for (const { reason, errorCode } of missing)
      expect([reason, errorCode]).to.deep.equal(['ERROR', 'FLAG_NOT_FOUND']);

    const mistaken = [
      flags.getStringDetails('boolean', 'bye'),
      flags.getBooleanDetails('string', false),
      flags.getNumberDetails('string', 13),
      flags.getObjectDetails('string', {}),
      flags.getNumberDetails('bare', 13),
    ];
    expect(mistaken.map(({ value }) => value)).to.deep.equal(['bye', false, 13, {}, 13]);
    for (const { reason, errorCode } of mistaken)
      expect([reason, errorCode]).to.deep.equal(['ERROR', 'TYPE_MISMATCH']);
    await experiments.settled();
    expect(rows('exposures')).to.deep.equal([]);
  });

  it('takes a variant without a payload for true, and for its key', async () => {
    const { client: flags } = await client();
    expect(flags.getBooleanValue('bare', false)).to.equal(true);
    expect(flags.getStringValue('bare', '')).to.equal('bold');
  });

  it('says what is split, switched off or shown only', async () => {
    const { client: flags, experiments } = await client();
    expect(flags.getStringDetails('split', '').reason).to.equal('SPLIT');
    const paused = flags.getBooleanDetails('paused', true);
    expect(paused).to.include({ value: false, reason: 'DISABLED', variant: 'off' });
    const forced = provider({ forced: { split: 'b' } });
    await OpenFeature.setProviderAndWait(forced.provider);
    const details = OpenFeature.getClient().getStringDetails('split', '');
    expect(details).to.include({ value: 'b', reason: 'STATIC' });
    await Promise.all([experiments.settled(), forced.experiments.settled()]);
    expect(rows('exposures'), 'the first one only').to.have.length(1);
  });

  it('records whoever takes part once, by the targeting key where there is one', async () => {
    const { client: flags, experiments } = await client();
    flags.getBooleanValue('boolean', false);
    flags.getBooleanValue('boolean', false);
    await OpenFeature.setContext({ targetingKey: 'user-7' });
    flags.getBooleanValue('boolean', false);
    flags.getBooleanValue('paused', false);
    await experiments.settled();
    const met = rows('exposures').map(({ unit, variant }) => [unit, variant]);
    expect(met).to.have.deep.members([
      ['visitor-42', 'on'],
      ['user-7', 'on'],
    ]);
  });

  it('calls hooks with the details', async () => {
    const { client: flags } = await client();
    const calls: unknown[][] = [];
    flags.addHooks({
      before: () => void calls.push(['before']),
      after: (_, { value, reason }) => void calls.push(['after', value, reason]),
      error: () => void calls.push(['error']),
      finally: (_, { value, errorCode }) => void calls.push(['finally', value, errorCode]),
    });
    flags.getBooleanDetails('boolean', false);
    flags.getStringDetails('missing', 'uh');
    flags.getNumberDetails('string', 13);
    expect(calls).to.deep.equal([
      ['before'],
      ['after', true, 'STATIC'],
      ['finally', true, undefined],
      ['before'],
      ['error'],
      ['finally', 'uh', 'FLAG_NOT_FOUND'],
      ['before'],
      ['error'],
      ['finally', 13, 'TYPE_MISMATCH'],
    ]);
  });

  describe('without a configuration yet', () => {
    const withFetch = (answer: () => Promise<Response>) =>
      provider({
        config: undefined as never,
        configUrl: '/v1/config',
        cache: undefined,
        fetch: answer,
      });
    const json = (value: unknown): Response => new Response(JSON.stringify(value));

    it('is not ready, then ready, and says so', async () => {
      let arrive: (response: Response) => void = () => {};
      const { provider } = withFetch(() => new Promise((resolve) => (arrive = resolve)));
      const ready = OpenFeature.setProviderAndWait(provider);
      const flags = OpenFeature.getClient();
      expect(flags.getBooleanDetails('boolean', false)).to.include({
        value: false,
        errorCode: 'PROVIDER_NOT_READY',
      });
      arrive(json(config));
      await ready;
      expect(flags.providerStatus).to.equal('READY');
      expect(flags.getBooleanValue('boolean', false)).to.equal(true);
    });

    it('is in error while the server is away, and for good where it refuses', async () => {
      const flags = OpenFeature.getClient();
      const away = withFetch(() => Promise.reject(new TypeError('offline')));
      await OpenFeature.setProviderAndWait(away.provider).catch(() => {});
      expect(flags.providerStatus).to.equal('ERROR');

      const refused = withFetch(async () => new Response('no', { status: 401 }));
      await OpenFeature.setProviderAndWait(refused.provider).catch(() => {});
      expect(flags.providerStatus).to.equal('FATAL');
      expect(flags.getStringDetails('string', 'bye')).to.include({
        value: 'bye',
        errorCode: 'PROVIDER_FATAL',
      });
    });

    it('tells which flags a newer configuration changes', async () => {
      const changed = structuredClone(config);
      changed.experiments[0]!.status = 'paused';
      changed.experiments.pop();
      let arrive: (response: Response) => void = () => {};
      const kept = JSON.stringify(config);
      const { provider: made } = provider({
        config: undefined as never,
        configUrl: '/v1/config',
        cache: { getItem: (key) => (key.includes('config') ? kept : null), setItem: () => {} },
        fetch: () => new Promise((resolve) => (arrive = resolve)),
      });
      await OpenFeature.setProviderAndWait(made);
      const told = new Promise((resolve) =>
        made.events.addHandler('PROVIDER_CONFIGURATION_CHANGED' as never, resolve),
      );
      arrive(json(changed));
      expect(await told).to.deep.include({ flagsChanged: ['boolean', 'paused'] });
      expect(OpenFeature.getClient().getBooleanDetails('boolean', true).reason).to.equal(
        'DISABLED',
      );
    });
  });

  it('tracks conversions, with their value and unit', async () => {
    const { client: flags, experiments } = await client({ targetingKey: 'user-7' });
    flags.track('purchase', { value: 49.9, currency: 'EUR' });
    flags.track('sign-up');
    await experiments.settled();
    const tracked = rows('conversions').map(({ name, unit, value }) => [name, unit, value]);
    expect(tracked).to.have.deep.members([
      ['purchase', 'user-7', 49.9],
      ['sign-up', 'user-7', undefined],
    ]);
  });

  it('tracks nothing under no name, and tells of the error', async () => {
    const { client: flags, experiments } = await client();
    flags.track('');
    flags.track(null as never);
    await experiments.settled();
    await Promise.resolve();
    expect(rows('conversions')).to.deep.equal([]);
    expect(errors.map((error) => (error as { code: string }).code)).to.deep.equal([
      'invalid-name',
      'invalid-name',
    ]);
  });
});
