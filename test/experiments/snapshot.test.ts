import { expect } from 'chai';
import fc from 'fast-check';
import {
  createExperiments,
  decide,
  ExperimentsError,
  takeSnapshot,
  type ExperimentConfig,
  type ExperimentsConfig,
  type ExperimentsOptions,
} from '../../src/experiments/index.js';
import { inlineHash, inlineScript, inlineSource } from '../../src/experiments/inline/index.js';
import { parseSnapshot, SNAPSHOT } from '../../src/experiments/snapshot.js';
import { snapshotText } from '../../src/experiments/write-snapshot.js';
import { createSyncEngine, memoryStorage, type SyncEngine } from '../../src/sync/index.js';

const experiment = (key: string, more: Partial<ExperimentConfig> = {}): ExperimentConfig => ({
  key,
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: key,
  coverage: 1,
  variants: [
    { key: 'control', weight: 0.5 },
    { key: 'bold', weight: 0.5, payload: { heading: 'Bold' } },
  ],
  ...more,
});
const config: ExperimentsConfig = { experiments: [experiment('hero'), experiment('price')] };
const unit = { id: 'visitor-1' };

describe('a snapshot of decisions', () => {
  it('holds what each experiment decides, and whom it was about', () => {
    const { unit: ids, decisions, config: etag } = takeSnapshot({ ...config, etag: '"a"' }, unit);
    expect([ids, etag]).to.deep.equal([unit, '"a"']);
    for (const [i, one] of config.experiments.entries()) {
      const { variant, bucket, payload } = decide(one, unit);
      expect(decisions[i]).to.include({ experiment: one.key, variant, bucket, payload, phase: 1 });
      expect(decisions[i]?.variants).to.deep.equal(['control', 'bold']);
    }
  });

  it('is the same after it was written and read, whatever is in it', () => {
    const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(texts, texts, fc.jsonValue(), (key, id, payload) => {
        const variants = [{ key: 'control', weight: 1, payload }];
        const told = takeSnapshot({ experiments: [experiment(key, { variants })] }, { id });
        const text = snapshotText(told);
        expect(text).to.not.include('<');
        expect(parseSnapshot(text)).to.deep.equal(JSON.parse(JSON.stringify(told)));
      }),
    );
  });

  it('is nothing where the text is none, of another version or damaged', () => {
    const told = takeSnapshot(config, unit);
    const broken = [
      null,
      undefined,
      '',
      'null',
      '[]',
      '{',
      JSON.stringify({ ...told, version: 2 }),
      JSON.stringify({ ...told, unit: { id: 7 } }),
      JSON.stringify({ ...told, unit: {} }),
      JSON.stringify({ ...told, decisions: {} }),
      JSON.stringify({ ...told, decisions: [{}] }),
      JSON.stringify({ ...told, decisions: [{ ...told.decisions[0], bucket: 'x' }] }),
      JSON.stringify({ ...told, decisions: Array(201).fill(told.decisions[0]) }),
      `${JSON.stringify(told)}${' '.repeat(100_000)}`,
    ];
    for (const text of broken) expect(parseSnapshot(text), String(text)).to.equal(null);
  });

  it('stays within its bounds: payloads go first, then the last decisions', () => {
    const many = Array.from({ length: 300 }, (_, i) => experiment(`experiment-${i}`));
    expect(takeSnapshot({ experiments: many }, unit).decisions).to.have.lengthOf(200);

    const heavy = many.map((one) => ({
      ...one,
      variants: [{ key: 'control', weight: 1, payload: 'x'.repeat(2_000) }],
    }));
    const light = parseSnapshot(snapshotText(takeSnapshot({ experiments: heavy }, unit)));
    expect(light?.decisions).to.have.lengthOf(200);
    expect(light?.decisions[0]).to.not.have.property('payload');

    const wide = many.map((one) => ({
      ...one,
      variants: Array.from({ length: 40 }, (_, i) => ({ key: `${i}`.repeat(30), weight: 1 / 40 })),
    }));
    const cut = parseSnapshot(snapshotText(takeSnapshot({ experiments: wide }, unit)));
    expect(cut?.decisions.length).to.be.within(20, 100);
  });

  it('leaves out redirects and what the address asks for, and names the page of targeted ones', () => {
    const redirecting = experiment('moved', {
      variants: [
        { key: 'control', weight: 0 },
        { key: 'new', weight: 1, redirect: '/new' },
      ],
    });
    const urls = [{ include: true, type: 'simple' as const, pattern: '/shop' }];
    const experiments = [redirecting, experiment('hero'), experiment('price', { urls })];
    const { decisions } = takeSnapshot({ experiments }, unit, { url: 'https://a.b/shop?hero=1#x' });
    expect(decisions.map((one) => [one.experiment, one.page])).to.deep.equal([
      ['price', 'https://a.b/shop?hero=1'],
    ]);
  });
});

describe('the client and a snapshot', () => {
  let sync: SyncEngine;
  beforeEach(() => {
    sync = createSyncEngine({
      storage: memoryStorage(),
      transport: { push: () => new Promise(() => {}), async *pull() {} },
      entities: { exposures: { append: 'keep' }, conversions: { append: 'forget' } },
    });
  });
  afterEach(() => sync.close());

  function cache() {
    const kept = new Map<string, string>();
    return {
      kept,
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
      removeItem: (key: string) => void kept.delete(key),
    };
  }

  function client(more: Partial<ExperimentsOptions> = {}, kept = cache()) {
    const errors: ExperimentsError[] = [];
    const onError = (error: ExperimentsError): void => void errors.push(error);
    const options = { sync, attributes: unit, onError, cache: kept, ...more };
    return Object.assign(createExperiments(options), { errors, kept });
  }

  /** The other of two variants than the unit would get here. */
  const contrary = (key: string) => {
    const { variant } = decide(experiment(key), unit);
    return variant === 'bold' ? 'control' : 'bold';
  };

  /** What a server says that knows more than the page. */
  const fromServer = (etag?: string) => {
    const told = takeSnapshot({ ...config, ...(etag && { etag }) }, unit);
    told.decisions[0]!.variant = contrary('hero');
    return told;
  };

  it('shows and records what the page’s server decided, not what it would decide itself', async () => {
    const experiments = client({ config, decisions: fromServer() });
    const { variant, inExperiment, bucket } = experiments.variant('hero');
    expect([variant, inExperiment]).to.deep.equal([contrary('hero'), true]);
    await experiments.settled();
    const [row] = sync.collection('exposures').query().get();
    expect(row).to.include({ experiment: 'hero', variant, unit: 'visitor-1', bucket });
  });

  it('records the holdouts and prerequisites of what was handed over', async () => {
    const holdout = experiment('holdout', {
      kind: 'holdout',
      variants: [
        { key: 'out', weight: 0 },
        { key: 'in', weight: 1 },
      ],
    });
    const experiments = [holdout, experiment('hero')];
    const page = client({
      config: { experiments },
      decisions: takeSnapshot({ experiments }, unit),
    });
    page.variant('hero');
    await page.settled();
    const rows = sync.collection('exposures').query().get();
    expect(rows.map((row) => row['experiment'])).to.have.members(['holdout', 'hero']);
  });

  it('decides itself where the server did not know the unit', () => {
    const decisions = takeSnapshot(config, { country: 'NL' });
    const { variant, inExperiment } = client({ config, decisions }).peek('hero');
    expect([variant, inExperiment]).to.deep.equal([decide(experiment('hero'), unit).variant, true]);
  });

  it('decides itself where the page speaks of another unit, and says so once', async () => {
    const experiments = client({
      config,
      decisions: takeSnapshot(config, { id: 'somebody-else' }),
    });
    await experiments.ready;
    expect(experiments.peek('hero').variant).to.equal(decide(experiment('hero'), unit).variant);
    expect(experiments.errors.map(({ code }) => code)).to.deep.equal(['handed-over']);
  });

  it('decides itself once the experiment is over, in another phase, or asked for by the address', () => {
    const [hero] = fromServer().decisions;
    for (const change of [{ status: 'stopped' as const }, { phase: 2 }]) {
      const now = { experiments: [experiment('hero', change)] };
      const decision = client({ config: now, decisions: fromServer() }).peek('hero');
      expect(decision.variant).to.equal(decide(now.experiments[0]!, unit).variant);
    }
    const asked = client({ config, decisions: fromServer(), url: 'https://a.b/?hero=1' });
    expect(asked.peek('hero')).to.include({ reason: 'override', variant: 'bold' });
    expect(hero?.phase).to.equal(1);
  });

  it('follows a configuration in which the experiment is another, unless the server knew it', async () => {
    const changed = { experiments: [experiment('hero', { coverage: 0.999 })] };
    for (const [etag, expected] of [
      ['"old"', decide(changed.experiments[0]!, unit).variant],
      ['"new"', contrary('hero')],
    ] as const) {
      const kept = cache();
      kept.setItem('bytelyst-experiments:/v1/config', JSON.stringify(config));
      let answer = (_: Response): void => {};
      const fetched = () => new Promise<Response>((resolve) => (answer = resolve));
      const decisions = fromServer(etag);
      const experiments = client({ configUrl: '/v1/config', decisions, fetch: fetched }, kept);
      const told = new Promise((resolve) => experiments.subscribe(resolve));
      await experiments.ready;
      expect(experiments.peek('hero').variant).to.equal(contrary('hero'));
      answer(new Response(JSON.stringify(changed), { headers: { etag: '"new"' } }));
      await told;
      expect(experiments.peek('hero').variant, etag).to.equal(expected);
    }
  });

  it('keeps the next page’s decisions at once, and anew whenever they may be others', async () => {
    const experiments = client({ config, decisions: null });
    await experiments.ready;
    const read = () => parseSnapshot(experiments.kept.getItem(SNAPSHOT));
    expect(read()?.unit).to.deep.equal(unit);
    experiments.setAttributes({ id: 'visitor-2' });
    expect(read()?.unit).to.deep.equal({ id: 'visitor-2' });
    expect(read()?.decisions[0]?.variant).to.equal(
      decide(experiment('hero'), { id: 'visitor-2' }).variant,
    );
  });

  it('keeps what runs on some pages as it is there, with the targets, wherever it is kept', async () => {
    const urls = [{ include: true, type: 'simple' as const, pattern: '/p*' }];
    const regex = [{ include: true, type: 'regex' as const, pattern: '^/p' }];
    const targeted = experiment('hero', { urls });
    const experiments = [
      targeted,
      experiment('price', { urls: regex }),
      experiment('needs', { prerequisites: [{ experiment: 'hero' }] }),
      experiment('free'),
    ];
    const url = 'https://a.b/q?x=1#y';
    const page = client({ config: { experiments }, decisions: null, url });
    await page.ready;
    expect(page.peek('hero').reason).to.equal('url');
    const kept = parseSnapshot(page.kept.getItem(SNAPSHOT))!;
    expect(kept.decisions.map((one) => [one.reason, one.urls, one.page])).to.deep.equal([
      ['assigned', urls, undefined],
      ['url', undefined, 'https://a.b/q?x=1'],
      ['prerequisite', undefined, 'https://a.b/q?x=1'],
      ['assigned', undefined, undefined],
    ]);

    // They are the inline script's: given to a client, it decides by the page all the same.
    const elsewhere = client({ config: { experiments }, decisions: kept, url });
    await elsewhere.ready;
    expect(elsewhere.peek('hero').reason).to.equal('url');
  });

  it('keeps nothing that is forced in this tab: others have their own first paint', async () => {
    const experiments = client({ config, decisions: null });
    await experiments.ready;
    const before = experiments.kept.getItem(SNAPSHOT);
    experiments.force('hero', contrary('hero'));
    expect(experiments.peek('hero').reason).to.equal('forced');
    expect(experiments.kept.getItem(SNAPSHOT)).to.equal(before);
    experiments.force('hero', null);
  });

  it('keeps none without consent, and forgets those there are when it is denied', async () => {
    const experiments = client({ config, consent: 'pending' });
    await experiments.ready;
    expect(experiments.kept.kept.has(SNAPSHOT)).to.equal(false);
    experiments.setConsent('granted');
    expect(experiments.kept.getItem(SNAPSHOT)).to.include('visitor-1');
    experiments.setConsent('denied');
    expect(experiments.kept.getItem(SNAPSHOT)).to.equal(null);
  });

  it('shows a page’s decisions without any configuration', () => {
    const experiments = client({ decisions: fromServer() });
    expect(experiments.variant('hero').variant).to.equal(contrary('hero'));
  });
});

describe('the inline script for servers', () => {
  it('is one tag, with the decisions before it, and nothing in them ends a tag', () => {
    const payload = '</script><script>alert(1)</script><!--';
    const told = takeSnapshot(
      { experiments: [experiment('hero', { variants: [{ key: 'a', weight: 1, payload }] })] },
      unit,
    );
    const html = inlineScript({ nonce: 'cmFuZG9t', decisions: told });
    expect(html.match(/<\/?script/g)).to.have.lengthOf(4);
    expect(html).to.include('<script nonce="cmFuZG9t">').and.not.include('<!--');
    const [, json] = />([^<]*)</.exec(html) ?? [];
    expect(parseSnapshot(json)?.decisions[0]?.payload).to.equal(payload);
  });

  it('refuses a nonce that is none', () => {
    for (const nonce of ['', '"><script>', 'a b']) {
      expect(() => inlineScript({ nonce }))
        .to.throw(ExperimentsError)
        .with.property('code', 'nonce');
    }
  });

  it('has the hash that its text has', async () => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(inlineSource));
    const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(inlineHash).to.equal(`sha256-${base64}`);
    expect(inlineScript()).to.equal(`<script>${inlineSource}</script>`);
  });
});
