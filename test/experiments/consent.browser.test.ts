import { expect } from 'chai';
import {
  createExperiments,
  type ExperimentsConfig,
  type ExperimentsError,
  type ExperimentsOptions,
} from '../../src/experiments/index.js';
import type { WireMutation } from '../../src/protocol/index.js';
import { createSyncEngine, indexedDBStorage, type SyncEngine } from '../../src/sync/index.js';

const config: ExperimentsConfig = {
  experiments: [
    {
      key: 'checkout',
      status: 'running',
      phase: 1,
      hashAttribute: 'id',
      hashVersion: 3,
      seed: 'checkout',
      coverage: 1,
      sticky: {},
      variants: [
        { key: 'control', weight: 0.5 },
        { key: 'bold', weight: 0.5 },
      ],
    },
  ],
};

/** What is on the visitor's device, in the browser's own storages. */
describe('consent to an engine for experiments alone', () => {
  let name: string;
  let engines: SyncEngine[];
  let arrived: WireMutation[];
  let errors: ExperimentsError[];

  beforeEach(() => {
    name = `consent-${crypto.randomUUID()}`;
    engines = [];
    arrived = [];
    errors = [];
  });
  afterEach(async () => {
    for (const engine of engines) await engine.destroy();
    for (const key of await device()) localStorage.removeItem(key);
    expect(errors).to.deep.equal([]);
  });

  const sync = (): SyncEngine => {
    const engine = createSyncEngine({
      storage: indexedDBStorage(name),
      transport: {
        push: async (mutations) => {
          arrived.push(...mutations);
          return mutations.map(({ id }) => ({ id, outcome: 'applied', version: 1 }));
        },
        async *pull() {},
      },
      entities: {
        exposures: { append: 'keep' },
        conversions: { append: 'forget' },
        identifies: { append: 'keep' },
      },
    });
    engines.push(engine);
    return engine;
  };

  function client(consent: ExperimentsOptions['consent']) {
    return createExperiments({
      sync,
      configUrl: '/v1/config',
      fetch: async () => Response.json(config),
      attributes: { id: 'visitor-42' },
      decisions: null,
      consent: consent!,
      onError: (error) => void errors.push(error),
      // The browser's own; other tests have theirs at the same time.
      cache: {
        getItem: (key) => localStorage.getItem(`${name}:${key}`),
        setItem: (key, text) => localStorage.setItem(`${name}:${key}`, text),
        removeItem: (key) => localStorage.removeItem(`${name}:${key}`),
      },
    });
  }

  /** Everything of this test that is in the browser's storages. */
  async function device(): Promise<string[]> {
    const databases = await indexedDB.databases();
    return [
      ...Object.keys(localStorage),
      ...Object.keys(sessionStorage),
      ...databases.map((database) => database.name ?? ''),
    ].filter((key) => key.includes(name));
  }

  async function use(experiments: ReturnType<typeof client>): Promise<void> {
    await experiments.ready;
    expect(experiments.variant('checkout').inExperiment).to.equal(true);
    void experiments.convert('seen');
    void experiments.identify('user-7');
    await experiments.settled();
    // Longer than the runtime takes to note what it does behind.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  for (const consent of ['pending', 'denied'] as const) {
    it(`stores nothing while it is ${consent}`, async () => {
      await use(client(consent));
      expect(await device()).to.deep.equal([]);
      expect(engines).to.deep.equal([]);
    });
  }

  it('stores configuration, decisions, database and id when it is granted, once', async () => {
    const experiments = client('pending');
    await use(experiments);
    experiments.setConsent('granted');
    experiments.setConsent('granted');
    await until(() => arrived.length === 3);
    const there = (await device()).join(' ');
    for (const key of ['/v1/config', 'bytelyst-decisions', ':witness', `bytelyst:${name}`])
      expect(there).to.include(key);
    expect(engines).to.have.length(1);
    const kept = localStorage.getItem(`${name}:bytelyst-experiments:/v1/config`)!;
    expect((JSON.parse(kept) as ExperimentsConfig).experiments).to.deep.equal(config.experiments);
  });

  it('leaves nothing when it is withdrawn', async () => {
    const experiments = client('granted');
    await use(experiments);
    expect(await device()).not.to.deep.equal([]);
    experiments.setConsent('denied');
    await until(async () => (await device()).length === 0);
    await use(experiments);
    expect(await device()).to.deep.equal([]);
  });

  it('leaves nothing of an earlier page when the next one says it is denied', async () => {
    await use(client('granted'));
    await engines[0]!.close();
    await use(client('denied'));
    await until(async () => (await device()).length === 0);
    expect(engines).to.have.length(2);
    await use(client('denied'));
    expect(engines).to.have.length(2);
  });

  it('records anew when it is granted after it was withdrawn, however quickly', async () => {
    const experiments = client('granted');
    await use(experiments);
    arrived = [];
    for (const consent of ['denied', 'granted', 'denied', 'granted'] as const)
      experiments.setConsent(consent);
    experiments.variant('checkout');
    expect(await experiments.convert('purchase')).to.be.a('string');
    await until(() => arrived.length === 2);
    expect(arrived.map(({ collection }) => collection).sort()).to.deep.equal([
      'conversions',
      'exposures',
    ]);
  });

  it('is asked as the documentation does it', async () => {
    const experiments = client('pending');
    await experiments.ready;
    experiments.variant('checkout');
    const opened = experiments.convert('opened'); // waits for the answer
    experiments.setConsent('granted');
    expect(await opened).to.be.a('string');
    await experiments.convert('purchase', { value: 49.9, props: { plan: 'pro' } });
    await experiments.identify('user-7');
    await experiments.settled();
    await until(() => arrived.length === 4);
  });
});
