/** Flags of every kind, and a provider of them on a real engine, registered with OpenFeature's own SDK. */
import { OpenFeature, type EvaluationContext } from '@openfeature/web-sdk';
import { BytelystProvider } from '../../../src/bindings/openfeature/index.js';
import {
  createExperiments,
  type ExperimentConfig,
  type Experiments,
  type ExperimentsConfig,
  type ExperimentsOptions,
} from '../../../src/experiments/index.js';
import { createSyncEngine, memoryStorage, type SyncEngine } from '../../../src/sync/index.js';

/** A flag: its variants, the control first; `everybody` gets the one of that key. */
export function flag(
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

export const picture = { showImages: true, title: 'Pictures', imagesPerPage: 100 };
const condition = { email: 'somebody@example.com' };
export const config: ExperimentsConfig = {
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

/** To be called within `describe`: a new world for each of its tests. */
export function world() {
  let sync: SyncEngine;
  let errors: unknown[];
  const onError = (error: unknown): void => void errors.push(error);

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
    OpenFeature.clearHooks();
    await sync.close();
  });

  function provider(options: Partial<ExperimentsOptions> = {}): {
    experiments: Experiments;
    provider: BytelystProvider;
  } {
    const attributes = { id: 'visitor-42' };
    const experiments = createExperiments({ sync, config, attributes, onError, ...options });
    return { experiments, provider: new BytelystProvider({ experiments, onError }) };
  }

  return {
    provider,
    /** One that fetches its configuration, and has none yet. */
    fetching: (fetching: typeof fetch) =>
      provider({
        config: undefined as never,
        configUrl: '/v1/config',
        cache: undefined,
        fetch: fetching,
      }),
    async client(context: EvaluationContext = {}, options: Partial<ExperimentsOptions> = {}) {
      const made = provider(options);
      await OpenFeature.setProviderAndWait(made.provider, context);
      return { ...made, client: OpenFeature.getClient() };
    },
    rows: (name: string) => sync.collection(name).query().get(),
    /** What the client and the provider told. */
    errors: () => errors,
  };
}

export const json = (value: unknown): Response => new Response(JSON.stringify(value));
