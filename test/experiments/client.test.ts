import { expect } from 'chai';
import {
  createExperiments,
  exposureId,
  ExperimentsError,
  type ExperimentsConfig,
  type ExperimentsOptions,
} from '../../src/experiments/index.js';
import { SDK } from '../../src/experiments/visit.js';
import type { WireMutation } from '../../src/protocol/index.js';
import {
  createSyncEngine,
  memoryStorage,
  SyncError,
  type Storage,
  type SyncEngine,
  type Transport,
} from '../../src/sync/index.js';

const config: ExperimentsConfig = {
  experiments: [
    {
      key: 'hero-copy',
      status: 'running',
      phase: 1,
      hashAttribute: 'id',
      hashVersion: 3,
      seed: 'hero-copy',
      coverage: 1,
      variants: [
        { key: 'control', weight: 0.5 },
        { key: 'bold', weight: 0.5 },
      ],
    },
  ],
};

/** A server that takes every event, once there is a connection to it. */
class Server implements Transport {
  online = false;
  readonly events: WireMutation[] = [];

  push: Transport['push'] = async (mutations) => {
    if (!this.online) throw new SyncError('offline', 'No connection.');
    this.events.push(...mutations);
    return mutations.map(({ id }) => ({ id, outcome: 'applied', version: 1 }));
  };

  pull: Transport['pull'] = async function* () {};
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('experiments client', () => {
  let storage: Storage;
  let server: Server;
  let engines: SyncEngine[];

  beforeEach(() => {
    storage = memoryStorage();
    server = new Server();
    engines = [];
  });
  afterEach(() => Promise.all(engines.map((engine) => engine.close())));

  function open(): SyncEngine {
    const engine = createSyncEngine({
      storage,
      transport: server,
      entities: {
        exposures: { append: 'keep' },
        conversions: { append: 'forget' },
        identifies: { append: 'keep' },
      },
    });
    engines.push(engine);
    return engine;
  }

  /** The experiments of which there are exposures. */
  function recorded(sync: SyncEngine): unknown[] {
    const rows = sync.collection('exposures').query().get();
    return rows.map(({ experiment }) => experiment);
  }

  function client(sync: SyncEngine, more: Partial<ExperimentsOptions> = {}) {
    const errors: ExperimentsError[] = [];
    const onError = (error: ExperimentsError): void => void errors.push(error);
    const options = { sync, config, attributes: { id: 'u1' }, onError, ...more };
    return Object.assign(createExperiments(options), { errors });
  }

  it('knows the groups of the configuration, and those of the app before them', () => {
    const of = (group: string) => ({
      ...config.experiments[0]!,
      key: group,
      condition: { id: { $inGroup: group } },
    });
    const given = {
      experiments: ['staff', 'testers', 'here', 'nobody'].map(of),
      groups: { staff: ['u1'], testers: ['u2'] },
    };
    const experiments = client(open(), {
      config: given,
      groups: { testers: ['u1'], here: ['u1'] },
    });
    const reasons = given.experiments.map(({ key }) => experiments.peek(key).reason);
    expect(reasons).to.deep.equal(['assigned', 'assigned', 'assigned', 'condition']);
  });

  describe('with experiments that ask for patterns or pages', () => {
    const [plain] = config.experiments;
    const given: ExperimentsConfig = {
      experiments: [
        plain!,
        { ...plain!, key: 'not-staff', condition: { $not: { id: { $regex: '^staff' } } } },
        { ...plain!, key: 'not-you', condition: { $not: { id: { $regexi: '^U' } } } },
        {
          ...plain!,
          key: 'cart',
          urls: [{ include: true, type: 'simple', pattern: '/cart' }],
        },
        {
          ...plain!,
          key: 'moved',
          variants: [
            { key: 'control', weight: 0 },
            { key: 'new', weight: 1, redirect: '/new' },
          ],
        },
      ],
    };
    const url = 'https://shop.example/cart';
    const reasons = (of: ReturnType<typeof client>): unknown[] =>
      given.experiments.map(({ key }) => of.variant(key).reason);
    const settled = ['assigned', 'assigned', 'condition', 'assigned', 'assigned'];

    it('decides these when it is ready, the others at once', async () => {
      const sync = open();
      const experiments = client(sync, { config: given, url });
      const changed: string[] = [];
      experiments.subscribe((keys) => changed.push(...keys));
      expect(reasons(experiments)).to.deep.equal([
        'assigned',
        ...Array<string>(4).fill('unsupported'),
      ]);
      expect(experiments.peek('moved')).to.include({ variant: 'control', redirect: null });
      await experiments.settled();
      expect(recorded(sync)).to.deep.equal(['hero-copy']);

      await experiments.ready;
      expect(changed).to.deep.equal(['not-staff', 'not-you', 'cart', 'moved']);
      expect(reasons(experiments)).to.deep.equal(settled);
      expect(experiments.peek('moved').redirect).to.equal('https://shop.example/new');
      expect(experiments.inspect().config).to.equal(given);
    });

    it('decides these of a configuration from the network when it is there', async () => {
      const fetched = async () => new Response(JSON.stringify(given));
      const experiments = createExperiments({
        url,
        sync: open(),
        attributes: { id: 'u1' },
        configUrl: '/v1/config',
        cache: undefined,
        fetch: fetched,
      });
      await experiments.ready;
      expect(given.experiments.map(({ key }) => experiments.peek(key).reason)).to.deep.equal(
        settled,
      );
    });
  });

  it('records an exposure with what the server needs, when the variant is used', async () => {
    const sync = open();
    const experiments = client(sync, {
      now: () => 1_700_000_000_000,
      url: 'https://shop.example/hats?utm_source=newsletter&q=ann@example.com#top',
      dimensions: { browser: 'Firefox' },
    });
    expect(sync.getQueueLength()).to.equal(0);
    const { variant, bucket } = experiments.variant('hero-copy');
    await experiments.settled();

    const id = exposureId({ experiment: 'hero-copy', phase: 1, unit: 'u1', variant });
    expect(id).to.match(/^[0-9a-f]{32}$/);
    expect(sync.collection('exposures').get(id)).to.deep.equal({
      id,
      experiment: 'hero-copy',
      phase: 1,
      variant,
      unit: 'u1',
      at: 1_700_000_000_000,
      hashAttribute: 'id',
      hashVersion: 3,
      bucket,
      reason: 'assigned',
      sticky: false,
      page: 'https://shop.example/hats',
      source: 'newsletter',
      sdk: SDK,
      dimensions: { browser: 'Firefox' },
    });
    expect(experiments.errors).to.deep.equal([]);
  });

  it('records an exposure once: asked again, in another tab, after a reload', async () => {
    const sync = open();
    const first = client(sync);
    first.variant('hero-copy');
    first.variant('hero-copy');
    await first.settled();
    const otherTab = client(open());
    otherTab.variant('hero-copy');
    await otherTab.settled();
    expect(sync.getQueueLength()).to.equal(1);

    server.online = true;
    await sync.flush();
    const again = open();
    const reloaded = client(again);
    reloaded.variant('hero-copy');
    await reloaded.settled();
    expect(again.getQueueLength()).to.equal(0);
    expect(server.events).to.have.length(1);
  });

  it('keeps what happens offline and sends it once, when there is a connection', async () => {
    const sync = open();
    const experiments = client(sync);
    for (let i = 0; i < 200; i++) {
      const id = `unit-${i}`;
      experiments.variant('hero-copy', { id });
      if (i % 4 === 0) void experiments.convert('purchase', { unit: id, value: 20 });
    }
    await experiments.settled();
    expect(sync.getQueueLength()).to.equal(250);

    server.online = true;
    await sync.flush();
    expect(sync.getQueueLength()).to.equal(0);
    expect(new Set(server.events.map(({ key }) => key)).size).to.equal(250);
    expect(server.events).to.have.length(250);
  });

  it('names conversions by UUIDv7 and gives the id once it is on disk', async () => {
    const sync = open();
    const experiments = client(sync, { now: () => 5 });
    const id = await experiments.convert('purchase', { value: 12.5 });
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(sync.collection('conversions').get(id ?? '')).to.deep.equal({
      id,
      name: 'purchase',
      unit: 'u1',
      value: 12.5,
      at: 5,
    });
    expect(await experiments.convert('purchase')).not.to.equal(id);
  });

  it('refuses a conversion that nothing could be made of, and says why', async () => {
    const experiments = client(open(), { attributes: {} });
    const refused = async (attempt: Promise<unknown>, code: string): Promise<void> => {
      const error = await attempt.then(
        () => null,
        (e: unknown) => e,
      );
      expect(error).to.be.instanceOf(ExperimentsError);
      expect(error).to.have.property('code', code);
    };
    await refused(experiments.convert('two words', { unit: 'u' }), 'invalid-name');
    await refused(experiments.convert('purchase', { unit: 'u', value: NaN }), 'invalid-value');
    await refused(experiments.convert('purchase', { unit: 'u', value: 1e13 }), 'invalid-value');
    await refused(experiments.convert('purchase'), 'no-unit');
    await refused(experiments.convert('purchase', { unit: 'x'.repeat(200) }), 'no-unit');
  });

  it('decides for whom it is told about, from then on', () => {
    const experiments = client(open());
    expect(experiments.variant('hero-copy').hashValue).to.equal('u1');
    experiments.setAttributes({ id: 'u2' });
    expect(experiments.variant('hero-copy').hashValue).to.equal('u2');
    expect(experiments.variant('hero-copy', { id: 'u3' }).hashValue).to.equal('u3');
  });

  it('shows overrides and unknown experiments without recording them', async () => {
    const sync = open();
    const experiments = client(sync, { url: '/?hero-copy=1' });
    expect(experiments.variant('hero-copy').variant).to.equal('bold');
    expect(experiments.variant('nope')).to.include({
      reason: 'unknown-experiment',
      inExperiment: false,
    });
    await experiments.settled();
    expect(sync.getQueueLength()).to.equal(0);
  });

  it('keeps a sticky variant over a reload, though the weights are others', async () => {
    const [hero] = config.experiments;
    const weighted = (weight: number): ExperimentsConfig => ({
      experiments: [
        {
          ...hero!,
          sticky: {},
          variants: [
            { key: 'control', weight: 1 - weight },
            { key: 'bold', weight },
          ],
        },
      ],
    });
    const first = open();
    const before = client(first, { config: weighted(1) });
    await before.ready;
    expect(before.variant('hero-copy').variant).to.equal('bold');
    await before.settled();
    await first.close();

    const after = client(open(), { config: weighted(0) });
    await after.ready;
    expect(after.variant('hero-copy')).to.include({ variant: 'bold', sticky: true });
    expect(after.variant('hero-copy', { id: 'u2' })).to.include({
      variant: 'control',
      sticky: false,
    });
  });

  it('records the holdout that a unit meets with an experiment', async () => {
    const [hero] = config.experiments;
    const holdout = { ...hero!, key: 'holdout', seed: 'holdout', kind: 'holdout' as const };
    const sync = open();
    const experiments = client(sync, { config: { experiments: [hero!, holdout] } });
    const decision = experiments.variant('hero-copy');
    await experiments.settled();
    const expected = decision.inExperiment ? ['hero-copy', 'holdout'] : ['holdout'];
    expect(recorded(sync)).to.have.members(expected);
  });

  it('shows bots and forced variants without recording them', async () => {
    const sync = open();
    const bot = client(sync, { bot: true });
    expect(bot.variant('hero-copy')).to.include({ variant: 'control', reason: 'bot' });
    const forced = client(sync, { forced: { 'hero-copy': 'bold' } });
    expect(forced.variant('hero-copy')).to.include({ variant: 'bold', reason: 'forced' });
    await Promise.all([bot.settled(), forced.settled()]);
    expect(recorded(sync)).to.deep.equal([]);
  });

  it('says of an exposure the dimensions that the workspace declares, and no others', async () => {
    const said = async (dimensions: string[]): Promise<unknown> => {
      const sync = open();
      const experiments = client(sync, {
        config: { ...config, dimensions },
        attributes: { id: `u-${dimensions.join('-')}` },
        url: 'https://shop.example/hats?utm_source=newsletter',
        dimensions: { browser: 'Firefox', country: 'NL' },
      });
      experiments.variant('hero-copy');
      await experiments.settled();
      return sync.collection('exposures').query().get().at(-1)?.dimensions;
    };
    expect(await said([])).to.equal(undefined);
    expect(await said(['browser', 'unknown'])).to.deep.equal({ browser: 'Firefox' });
    storage = memoryStorage();
    expect(await said(['page', 'source', 'sdk'])).to.deep.equal({
      page: 'https://shop.example/hats',
      source: 'newsletter',
      sdk: SDK,
    });
  });

  it('keeps what the app says of a conversion', async () => {
    const sync = open();
    const id = await client(sync).convert('purchase', { props: { plan: 'pro', seats: 3 } });
    expect(sync.collection('conversions').get(id ?? '')).to.deep.include({
      props: { plan: 'pro', seats: 3 },
    });
  });

  it('stores nothing without consent', async () => {
    const sync = open();
    const experiments = client(sync, { consent: 'denied' });
    expect(experiments.variant('hero-copy').inExperiment).to.equal(true);
    expect(await experiments.convert('purchase')).to.equal(null);
    await experiments.settled();
    expect(sync.getQueueLength()).to.equal(0);
  });

  it('holds events in memory until consent is given', async () => {
    const sync = open();
    const experiments = client(sync, { consent: 'pending' });
    experiments.variant('hero-copy');
    const converted = experiments.convert('purchase');
    await experiments.settled();
    expect(sync.getQueueLength()).to.equal(0);

    experiments.setConsent('granted');
    expect(await converted).to.be.a('string');
    await experiments.settled();
    expect(sync.getQueueLength()).to.equal(2);
  });

  it('forgets held events when consent is refused, and records them when it is given after all', async () => {
    const sync = open();
    const experiments = client(sync, { consent: 'pending' });
    experiments.variant('hero-copy');
    const converted = experiments.convert('purchase');
    experiments.setConsent('denied');
    expect(await converted).to.equal(null);
    expect(sync.getQueueLength()).to.equal(0);

    experiments.setConsent('granted');
    experiments.variant('hero-copy');
    await experiments.settled();
    expect(sync.getQueueLength()).to.equal(1);
  });

  describe('when consent is denied after it was given', () => {
    const entities = ['exposures', 'conversions', 'identifies'];
    const kept = (sync: SyncEngine): number =>
      entities.reduce((sum, name) => sum + sync.collection(name).query().get().length, 0);

    async function recordedBefore(): Promise<SyncEngine> {
      const sync = open();
      const experiments = client(sync);
      experiments.variant('hero-copy');
      await experiments.identify('user-7');
      server.online = true;
      await sync.flush();
      server.online = false;
      experiments.variant('hero-copy', { id: 'u2' });
      await experiments.convert('purchase');
      await experiments.settled();
      expect(kept(sync)).to.equal(4);
      expect(sync.getQueueLength()).to.equal(2);
      return sync;
    }

    it('deletes what waits to be sent, and what was sent and is kept', async () => {
      const sync = await recordedBefore();
      const experiments = client(sync);
      void experiments.convert('just-now');
      experiments.setConsent('denied');
      await until(() => sync.getQueueLength() === 0);
      expect(kept(sync)).to.equal(0);
      await until(async () => !(await onDisk()).includes('hero-copy'));

      server.online = true;
      await sync.flush();
      const reloaded = open();
      await reloaded.ready;
      await reloaded.flush();
      expect(kept(reloaded)).to.equal(0);
      expect(server.events).to.have.length(2);
      expect(experiments.errors).to.deep.equal([]);
    });

    it('does so when the next page says it, too', async () => {
      const sync = await recordedBefore();
      await sync.close();
      const next = open();
      client(next, { consent: 'denied' });
      await next.ready;
      await until(() => kept(next) === 0);
      expect(next.getQueueLength()).to.equal(0);
    });

    it('records anew what is used after it was given again', async () => {
      const sync = await recordedBefore();
      const experiments = client(sync);
      experiments.setConsent('denied');
      experiments.setConsent('granted');
      experiments.variant('hero-copy');
      await experiments.convert('purchase');
      await experiments.settled();
      expect(sync.getQueueLength()).to.equal(2);
      server.online = true;
      await sync.flush();
      expect(sync.getQueueLength()).to.equal(0);
      expect(sync.failed()).to.deep.equal([]);
    });

    it('leaves alone what the app keeps in the same engine', async () => {
      const sync = createSyncEngine({
        storage,
        transport: server,
        entities: { notes: {}, exposures: { append: 'keep' }, conversions: { append: 'forget' } },
      });
      engines.push(sync as unknown as SyncEngine);
      await sync.collection('notes').create({ id: 'a' });
      await sync.forget(['exposures', 'conversions']);
      expect(sync.getQueueLength()).to.equal(1);
      const refused = await sync.forget(['notes']).catch((error: unknown) => error);
      expect(refused).to.have.property('code', 'invalid');
    });

    it('has nothing to say where nothing can be stored', async () => {
      storage = {
        ...memoryStorage(),
        open: () => Promise.reject(new SyncError('unavailable', 'No storage here.')),
      };
      const experiments = client(open(), { consent: 'denied' });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(experiments.errors).to.deep.equal([]);
    });

    it('says so where it could not', async () => {
      const sync = open();
      const experiments = client(sync);
      await sync.close();
      experiments.setConsent('denied');
      await until(() => experiments.errors.length > 0);
      expect(experiments.errors.map(({ code }) => code)).to.deep.equal(['not-forgotten']);
    });

    /** Everything that the storage holds. */
    async function onDisk(): Promise<string> {
      const disk = await storage.open();
      const { pages, log } = await disk.load();
      disk.close();
      return JSON.stringify([...pages, ...log]);
    }
  });

  describe('a redirect', () => {
    const away = { redirect: 'https://shop.example/b' };

    it('goes when the exposure is on disk', async () => {
      const sync = open();
      const gone: unknown[] = [];
      const navigate: ExperimentsOptions['navigate'] = (...where) =>
        void gone.push([...where, sync.getQueueLength()]);
      const experiments = client(sync, { navigate });
      experiments.variant('hero-copy');
      expect(gone).to.deep.equal([]);
      expect(await experiments.redirect(away)).to.equal(true);
      expect(gone).to.deep.equal([['https://shop.example/b', 'replace', 1]]);
      expect(await experiments.redirect({ redirect: null })).to.equal(false);
      expect(gone).to.have.length(1);
    });

    it('waits a second at most for a disk that does not answer', async function () {
      this.timeout(10_000);
      const forget = async (): Promise<void> => {};
      const create = (): Promise<never> => new Promise(() => {});
      const collection = () => ({ get: () => undefined, create }) as never;
      const gone: string[] = [];
      const experiments = createExperiments({
        sync: { ready: Promise.resolve(), forget, collection },
        config,
        attributes: { id: 'u1' },
        navigate: (url) => void gone.push(url),
      });
      experiments.variant('hero-copy');
      await experiments.redirect(away);
      expect(gone).to.deep.equal(['https://shop.example/b']);
    });
  });

  it('says when an event could not be written, and tries again at the next use', async () => {
    const sync = open();
    await sync.close();
    const experiments = client(sync);
    experiments.variant('hero-copy');
    await experiments.settled();
    await Promise.resolve();
    expect(experiments.errors.map(({ code }) => code)).to.deep.equal(['not-recorded']);
    expect(experiments.errors[0]?.cause).to.be.instanceOf(SyncError);
    experiments.variant('hero-copy');
    await experiments.settled();
    await Promise.resolve();
    expect(experiments.errors).to.have.length(2);
  });

  describe('with a configuration from the network', () => {
    const cache = (): ExperimentsOptions['cache'] => {
      const items = new Map<string, string>();
      return {
        getItem: (key) => items.get(key) ?? null,
        setItem: (key, value) => void items.set(key, value),
        removeItem: (key) => void items.delete(key),
      };
    };
    const answering =
      (body: unknown, status = 200): typeof fetch =>
      async () =>
        new Response(JSON.stringify(body), { status });

    it('fetches it with the write key', async () => {
      const asked: [unknown, RequestInit | undefined][] = [];
      const { ready, variant } = createExperiments({
        sync: open(),
        configUrl: '/v1/config',
        writeKey: 'bl_write_demo',
        attributes: { id: 'u1' },
        cache: cache(),
        fetch: async (url, init) => {
          asked.push([url, init]);
          return new Response(JSON.stringify(config));
        },
      });
      expect(variant('hero-copy').reason).to.equal('unknown-experiment');
      await ready;
      expect(variant('hero-copy').reason).to.equal('assigned');
      expect(asked).to.have.length(1);
      expect(asked[0]![0]).to.equal('/v1/config');
      expect(asked[0]![1]).to.deep.include({ headers: { authorization: 'Bearer bl_write_demo' } });
    });

    it('gives a server up that never answers, and asks it again', async () => {
      const { timeout } = AbortSignal;
      const waited: number[] = [];
      // Nobody waits for seconds here.
      AbortSignal.timeout = (ms) => (waited.push(ms), timeout.call(AbortSignal, 10));
      let calls = 0;
      const experiments = client(open(), {
        config: undefined as never,
        configUrl: '/v1/config',
        cache: cache(),
        fetch: (url, init) =>
          ++calls > 1
            ? answering(config)(url, init)
            : new Promise((_, reject) =>
                init?.signal?.addEventListener('abort', () => reject(init.signal!.reason)),
              ),
      });
      const error = await experiments.ready.catch((reason: unknown) => reason);
      AbortSignal.timeout = timeout;
      expect(error).to.have.property('code', 'unreachable');
      expect(waited).to.deep.equal([8_000]);
      globalThis.dispatchEvent?.(new Event('online'));
      await until(() => experiments.peek('hero-copy').reason === 'assigned');
    });

    /** A device that has the configuration, at its second visit. */
    const secondVisit = async (fetching: typeof fetch) => {
      const options = {
        sync: open(),
        configUrl: '/v1/config',
        attributes: { id: 'u1' },
        cache: cache(),
      };
      await createExperiments({ ...options, fetch: answering(config) }).ready;
      const errors: ExperimentsError[] = [];
      const onError = (error: ExperimentsError) => void errors.push(error);
      const experiments = createExperiments({ ...options, fetch: fetching, onError });
      await experiments.ready;
      expect(experiments.variant('hero-copy').reason).to.equal('assigned');
      // Reading the answer takes a browser some real ms.
      for (let i = 0; i < 40 && errors.length === 0; i++)
        await new Promise((done) => setTimeout(done, 5));
      return errors.map(({ code }) => code);
    };

    it('uses the last one when the network is away, which is no error', async () => {
      const away = new TypeError('Failed to fetch');
      expect(await secondVisit(() => Promise.reject(away))).to.deep.equal([]);
      const halfway = new ReadableStream({ start: (stream) => stream.error(away) });
      expect(await secondVisit(async () => new Response(halfway))).to.deep.equal([]);
    });

    it('uses the last one and says so when the server gives no good one', async () => {
      expect(await secondVisit(answering({}, 401))).to.deep.equal(['config']);
      expect(await secondVisit(answering({ experiments: 'x' }))).to.deep.equal(['config']);
    });

    it('says that it could not be reached where there is no last one', async () => {
      const experiments = createExperiments({
        sync: open(),
        configUrl: '/v1/config',
        fetch: () => Promise.reject(new TypeError('Failed to fetch')),
        cache: cache(),
        onError: () => {},
      });
      const error = await experiments.ready.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ExperimentsError).with.property('code', 'unreachable');
    });

    for (const [name, away] of [
      ['the network is away', () => Promise.reject(new TypeError('Failed to fetch'))],
      ['the server restarts', answering({}, 503)],
    ] satisfies [string, typeof fetch][]) {
      it(`asks again by itself when ${name}, and tells what there is to decide`, async () => {
        let fetching: typeof fetch = away;
        const experiments = client(open(), {
          config: undefined as never,
          configUrl: '/v1/config',
          fetch: (...call) => fetching(...call),
          cache: cache(),
        });
        const told: (readonly string[])[] = [];
        experiments.subscribe((keys) => told.push(keys));
        await experiments.ready.catch(() => {});
        expect(experiments.variant('hero-copy').reason).to.equal('unknown-experiment');
        fetching = answering(config);
        globalThis.dispatchEvent?.(new Event('online')); // Node has to wait.
        await until(() => told.length > 0);
        expect(told).to.deep.equal([['hero-copy']]);
        expect(experiments.variant('hero-copy').reason).to.equal('assigned');
        expect(experiments.errors.map(({ code }) => code)).to.deep.equal(['unreachable']);
      });
    }

    it('asks for a newer one again when the network was away at first', async () => {
      const kept = cache();
      const options = { config: undefined as never, configUrl: '/v1/config', cache: kept };
      await client(open(), { ...options, fetch: answering({ experiments: [] }) }).ready;
      let calls = 0;
      const experiments = client(open(), {
        ...options,
        fetch: (...call) =>
          ++calls === 1 ? Promise.reject(new TypeError('away')) : answering(config)(...call),
      });
      await experiments.ready;
      await until(() => experiments.peek('hero-copy').reason === 'assigned');
      expect(experiments.errors).to.deep.equal([]);
    });

    it('does not ask again where it is refused', async () => {
      let calls = 0;
      const refused = client(open(), {
        config: undefined as never,
        configUrl: '/v1/config',
        fetch: async () => (calls++, new Response('', { status: 401 })),
        cache: cache(),
      });
      await refused.ready.catch(() => {});
      globalThis.dispatchEvent?.(new Event('online'));
      await new Promise((done) => setTimeout(done, 20));
      expect(calls).to.equal(1);
    });

    it('rejects what is no configuration', async () => {
      const broken: [typeof fetch, RegExp][] = [
        [answering({}, 401), /answered 401/],
        [answering({ experiments: 'x' }), /no list of experiments/],
        [answering({ experiments: [{ key: 'x' }] }), /no list of experiments/],
        [async () => new Response('<html>'), /is not JSON/],
      ];
      for (const [fetching, message] of broken) {
        const experiments = createExperiments({
          sync: open(),
          configUrl: '/c',
          fetch: fetching,
          cache: cache(),
          onError: () => {},
        });
        const error = await experiments.ready.then(
          () => null,
          (e: unknown) => e,
        );
        expect(error)
          .to.be.instanceOf(ExperimentsError)
          .with.property('message')
          .that.matches(message);
      }
    });
  });
});
