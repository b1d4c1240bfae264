/** Who takes part, beside the share of units: every rule that an experiment can have. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  decide,
  explain,
  hash,
  pages,
  type DecideOptions,
  type ExperimentConfig,
} from '../../src/experiments/index.js';

const base: ExperimentConfig = {
  key: 'hero',
  status: 'running',
  phase: 3,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: 'hero',
  coverage: 1,
  variants: [
    { key: 'control', weight: 0.5 },
    { key: 'bold', weight: 0.5 },
  ],
};
const units = Array.from({ length: 400 }, (_, i) => `u${i}`);

function reasonOf(change: Partial<ExperimentConfig>, options: DecideOptions = {}, id = 'u1') {
  return decide({ ...base, ...change }, { id, company: 'acme' }, options).reason;
}
function explained(change: Partial<ExperimentConfig>, options: DecideOptions = {}): string {
  return explain(decide({ ...base, ...change }, { id: 'u1' }, options)).join(' ');
}

describe('layers, filters and namespaces', () => {
  it('give experiments of one layer no unit in common, and each unit to one of them', () => {
    const first: ExperimentConfig = { ...base, layer: { key: 'page', ranges: [[0, 0.3]] } };
    const second: ExperimentConfig = {
      ...base,
      key: 'other',
      seed: 'other',
      layer: { key: 'page', ranges: [[0.3, 1]] },
    };
    const of = (config: ExperimentConfig) =>
      units.filter((id) => decide(config, { id }).inExperiment);
    const [inFirst, inSecond] = [of(first), of(second)];
    expect(inFirst.length / units.length).to.be.closeTo(0.3, 0.08);
    expect([...inFirst, ...inSecond].sort()).to.deep.equal([...units].sort());
  });

  it('hash a layer apart from the experiment, even where both have one name', () => {
    const layered = {
      ...base,
      layer: { key: base.seed, ranges: [[0, 0.5]] as [number, number][] },
    };
    const variants = new Set(
      units.map((id) => decide(layered, { id })).flatMap((d) => (d.inExperiment ? d.variant : [])),
    );
    expect([...variants].sort()).to.deep.equal(['bold', 'control']);
  });

  it('need a unit to be in every filter, hashed by the filter’s own attribute and version', () => {
    const at = hash('beta', 'acme', 2)!;
    const filter = { seed: 'beta', attribute: 'company', hashVersion: 2 };
    expect(reasonOf({ filters: [{ ...filter, ranges: [[at, at + 0.0001]] }] })).to.equal(
      'assigned',
    );
    expect(reasonOf({ filters: [{ ...filter, ranges: [[at + 0.0001, 1]] }] })).to.equal('filter');
    expect(
      reasonOf({
        filters: [
          { ...filter, ranges: [[0, 1]] },
          { seed: 'none', ranges: [] },
        ],
      }),
    ).to.equal('filter');
    expect(reasonOf({ filters: [{ seed: 's', attribute: 'missing', ranges: [[0, 1]] }] })).to.equal(
      'filter',
    );
    expect(reasonOf({ filters: [{ seed: 's', hashVersion: 7, ranges: [[0, 1]] }] })).to.equal(
      'filter',
    );
  });

  it('place a unit in a namespace as GrowthBook does', () => {
    const at = hash('__pricing', 'u1', 1)!;
    expect(reasonOf({ namespace: ['pricing', at, at + 0.001] })).to.equal('assigned');
    expect(reasonOf({ namespace: ['pricing', at + 0.001, 1] })).to.equal('filter');
    expect(explained({ namespace: ['pricing', at + 0.001, 1] })).to.contain(
      `In the namespace “pricing” the unit is ${at}, which is not in [`,
    );
  });
});

describe('a holdout', () => {
  const holdout: ExperimentConfig = {
    ...base,
    key: 'holdout-2026',
    kind: 'holdout',
    seed: 'holdout-2026',
    variants: [
      { key: 'held-out', weight: 0.2 },
      { key: 'everything', weight: 0.8 },
    ],
  };
  const options = { experiments: [holdout, base] };

  it('keeps its first variant’s units out of every other experiment, and says so of both', () => {
    for (const id of units) {
      const held = decide(holdout, { id }, options);
      const decision = decide(base, { id }, options);
      expect(decision.inExperiment).to.equal(held.variant === 'everything');
      expect(decision.reason).to.equal(held.variant === 'everything' ? 'assigned' : 'holdout');
      // Who is compared in the end are those held out and those who were not, so both have met it.
      expect(decision.upstream.map(({ variant }) => variant)).to.deep.equal([held.variant]);
    }
  });

  it('holds nobody out who is not in its coverage, and nobody when it is stopped', () => {
    const all = { experiments: [{ ...holdout, coverage: 0 }, base] };
    const stopped = { experiments: [{ ...holdout, status: 'stopped' as const }, base] };
    for (const id of units.slice(0, 50)) {
      for (const some of [all, stopped]) {
        const decision = decide(base, { id }, some);
        expect(decision.inExperiment).to.equal(true);
        expect(decision.upstream).to.deep.equal([]);
      }
    }
  });
});

describe('what only a newer version knows', () => {
  it('lets nobody in, and says so', () => {
    const newer = { needs: ['condition', 'weather'] };
    expect(reasonOf(newer)).to.equal('unsupported');
    expect(explained(newer)).to.equal(
      'This version of bytelyst knows no “weather”; a newer one does. ' +
        'Does not take part (unsupported) and sees the control “control”.',
    );
    expect(explained({ hashVersion: 9 as never })).to.contain('knows no “hash version 9”');
  });

  it('is known where it is among the rules of this one', () => {
    expect(reasonOf({ needs: ['condition', 'layer', 'holdout', 'redirect'] })).to.equal('assigned');
  });

  it('of a holdout holds everybody out: who is free of it can’t be told', () => {
    const holdout: ExperimentConfig = { ...base, key: 'h', kind: 'holdout', needs: ['weather'] };
    expect(reasonOf({}, { experiments: [holdout, base] })).to.equal('holdout');
  });

  it('is no reason against a look at a variant', () => {
    const url = 'https://shop.example/?hero=1';
    expect(reasonOf({ needs: ['weather'] }, { url })).to.equal('override');
  });
});

describe('prerequisites', () => {
  const parent: ExperimentConfig = { ...base, key: 'nav', seed: 'nav' };
  const needs = (variants?: string[]): ExperimentConfig => ({
    ...base,
    prerequisites: [{ experiment: 'nav', ...(variants && { variants }) }],
  });

  it('need the unit in the other experiment, with one of the variants where some are named', () => {
    for (const id of units) {
      const { variant } = decide(parent, { id });
      const experiments = [parent];
      expect(decide(needs(['bold']), { id }, { experiments }).inExperiment).to.equal(
        variant === 'bold',
      );
      expect(decide(needs(), { id }, { experiments }).inExperiment).to.equal(true);
    }
    expect(decide(needs(), { id: 'u1' }, { experiments: [parent] }).upstream).to.have.length(1);
  });

  it('are not met by an experiment that is unknown, or does not take the unit', () => {
    expect(decide(needs(), { id: 'u1' }).reason).to.equal('prerequisite');
    const paused = { experiments: [{ ...parent, status: 'paused' as const }] };
    const decision = decide(needs(), { id: 'u1' }, paused);
    expect(decision.reason).to.equal('prerequisite');
    expect(explain(decision).join(' ')).to.contain('in “nav”, and does not (there: not-running)');
  });

  it('are not met by a variant that is only shown', () => {
    const options = { experiments: [parent], forced: { nav: 'bold' } };
    expect(decide(needs(['bold']), { id: 'u1' }, options).inExperiment).to.equal(false);
  });

  it('come to an end where they lead in a circle, and say so', () => {
    const a: ExperimentConfig = { ...base, key: 'a', prerequisites: [{ experiment: 'b' }] };
    const b: ExperimentConfig = { ...base, key: 'b', prerequisites: [{ experiment: 'c' }] };
    const c: ExperimentConfig = { ...base, key: 'c', prerequisites: [{ experiment: 'a' }] };
    const experiments = [a, b, c];
    for (const one of experiments)
      expect(decide(one, { id: 'u1' }, { experiments }).reason).to.equal('prerequisite');
    const itself: ExperimentConfig = { ...base, prerequisites: [{ experiment: 'hero' }] };
    const decision = decide(itself, { id: 'u1' }, { experiments: [itself] });
    expect(explain(decision).join(' ')).to.contain('which needs this experiment itself');
  });
});

describe('experiments that rest on many others', () => {
  /** Each needs the two before it. */
  const lattice = Array.from({ length: 60 }, (_, i): ExperimentConfig => ({
    ...base,
    key: `e${i}`,
    seed: `e${i}`,
    prerequisites: [i - 1, i - 2].flatMap((n) => (n < 0 ? [] : { experiment: `e${n}` })),
  }));

  it('decide each of them once', () => {
    const options = { experiments: lattice };
    let met = 0;
    const sticky = { ...lattice[0]!, sticky: { bucketVersion: 3 } };
    const experiments = [sticky, ...lattice.slice(1)];
    const decision = decide(lattice[59]!, { id: 'u1' }, { experiments, met: () => void met++ });
    expect(met).to.equal(1);
    expect(decision).to.include({ inExperiment: true });
    expect(decision.upstream.map(({ experiment }) => experiment)).to.have.members(
      lattice.slice(0, 59).map(({ key }) => key),
    );
    // Nothing is in it twice, or it could be written nowhere.
    expect(JSON.stringify(decision)).to.have.length.below(200_000);
    expect(decide(lattice[59]!, { id: 'u1' }, options)).to.deep.equal(
      decide(lattice[59]!, { id: 'u1' }, { experiments: lattice.slice() }),
    );
  });

  it('come to an end, whatever needs what', () => {
    const chain = Array.from({ length: 3_000 }, (_, i): ExperimentConfig => ({
      ...base,
      key: `c${i}`,
      ...(i > 0 && { prerequisites: [{ experiment: `c${i - 1}` }] }),
    }));
    const last = decide(chain.at(-1)!, { id: 'u1' }, { experiments: chain });
    expect(last).to.include({ inExperiment: false, reason: 'prerequisite' });
    expect(decide(chain[90]!, { id: 'u1' }, { experiments: chain }).inExperiment).to.equal(true);
    const heldOut = [
      ...chain.slice(0, 8),
      ...chain.slice(0, 8).map(({ key }, i): ExperimentConfig => ({
        ...base,
        key: `h${i}`,
        kind: 'holdout',
        prerequisites: [{ experiment: key }],
      })),
    ];
    expect(decide(base, { id: 'u1' }, { experiments: heldOut }).inExperiment).to.equal(true);
  });

  it('are alike decided alone and together, in any order', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const some = fc.uniqueArray(
      fc.record({
        key,
        kind: fc.constantFrom('ab' as const, 'holdout' as const),
        needs: fc.array(key, { maxLength: 3 }),
      }),
      { selector: (one) => one.key },
    );
    fc.assert(
      fc.property(some, fc.nat(200), (rows, n) => {
        const experiments = rows.map(({ key, kind, needs }): ExperimentConfig => ({
          ...base,
          key,
          kind,
          seed: key,
          coverage: 0.8,
          prerequisites: needs.map((experiment) => ({ experiment })),
        }));
        const outcomes = (list: ExperimentConfig[]): string[] =>
          list.map((one) => {
            const { variant, inExperiment } = decide(one, { id: n }, { experiments: list });
            return `${one.key} ${variant} ${inExperiment}`;
          });
        const backwards = outcomes(experiments.toReversed()).toReversed();
        expect(backwards).to.deep.equal(outcomes(experiments));
      }),
    );
  });
});

describe('what is malformed', () => {
  const wrong: unknown[] = [null, 5, 'x', true, {}, [], [null], [5], [{}], { a: null }];

  it('lets nobody in by mistake, and throws nothing, in any member', () => {
    const full = Object.keys({
      ...base,
      kind: 0,
      condition: 0,
      layer: 0,
      filters: 0,
      namespace: 0,
      prerequisites: 0,
      sticky: 0,
      urls: 0,
      startAt: 0,
      stopAt: 0,
      metadata: 0,
      needs: 0,
    });
    for (const member of full) {
      for (const value of wrong) {
        const config = { ...base, [member]: value } as ExperimentConfig;
        const other = { ...base, key: 'other', prerequisites: [{ experiment: 'hero' }] };
        const options = { experiments: [config, other], url: 'https://a.example/?x', pages };
        for (const one of [config, other] as ExperimentConfig[]) {
          const decision = decide(one, { id: 'u1' }, { ...options, met: () => 'bold' });
          expect(explain(decision), `${member} ${JSON.stringify(value)}`).not.to.be.empty;
        }
      }
    }
    for (const rule of ['layer', 'filters', 'namespace', 'prerequisites', 'needs', 'condition']) {
      const config = { ...base, [rule]: 5 } as unknown as ExperimentConfig;
      expect(decide(config, { id: 'u1' }).inExperiment, rule).to.equal(false);
    }
  });

  it('is not read as a holdout that lets go', () => {
    const holdout = { ...base, key: 'h', kind: 'holdout', filters: 5 } as never;
    expect(reasonOf({}, { experiments: [holdout, base] })).to.equal('holdout');
  });

  it('is no time to be in either', () => {
    for (const time of ['garbage', 'tomorrow', '24.12.2026']) {
      expect(reasonOf({ startAt: time }), time).to.equal('schedule');
      expect(reasonOf({ stopAt: time }), time).to.equal('schedule');
    }
    expect(reasonOf({ startAt: '2020-01-01T00:00:00Z' }, { now: NaN })).to.equal('schedule');
    expect(explained({ startAt: '2020-01-01T00:00:00Z' }, { now: NaN })).to.contain('no time');
  });

  it('is explained where JSON has no word for it', () => {
    const attributes: Record<string, unknown> = { id: 10n, plan: 5n };
    attributes.self = attributes;
    const condition = { self: 'me', plan: 'pro' };
    expect(explain(decide(base, attributes)).join(' ')).to.contain('10');
    for (const part of [{ self: 'me' }, { plan: 'pro' }, { self: { a: 1 } }, condition]) {
      const config = { ...base, condition: part };
      expect(explain(decide(config, { ...attributes, id: 'u1' }))).to.have.length.above(2);
    }
  });
});

describe('sticky experiments', () => {
  const sticky = { sticky: {} };
  /** What was met: [phase, unit, variant]. */
  const having =
    (...rows: [number, string, string][]): NonNullable<DecideOptions['met']> =>
    (_, phase, unit) =>
      rows.find(([at, who]) => at === phase && who === unit)?.[2];
  const other = decide(base, { id: 'u1' }).variant === 'bold' ? 'control' : 'bold';

  it('look for what was met in the last hundred phases, however many there were', () => {
    let asked = 0;
    const met = () => void asked++;
    const change = { phase: 1_000_000, sticky: { minBucketVersion: 999_999 } };
    decide({ ...base, ...change }, { id: 'u1' }, { met });
    expect(asked).to.equal(200);
  });

  it('keep the variant that was met, whatever is changed', () => {
    const met = having([2, 'u1', other]);
    const changes: Partial<ExperimentConfig>[] = [
      {},
      { coverage: 0 },
      { condition: { country: 'DE' } },
      { filters: [{ seed: 's', ranges: [] }] },
      { prerequisites: [{ experiment: 'none' }] },
    ];
    for (const change of changes) {
      const decision = decide({ ...base, ...sticky, ...change }, { id: 'u1' }, { met });
      expect(decision).to.include({ variant: other, sticky: true, inExperiment: true });
    }
    expect(decide(base, { id: 'u1' }, { met })).to.include({ sticky: false });
    expect(decide(base, { id: 'u1' }, { met }).variant).not.to.equal(other);
  });

  it('take the last phase’s variant, and forget phases before the bucket version', () => {
    const own = decide(base, { id: 'u1' }).variant;
    const met = having([1, 'u1', own], [2, 'u1', other]);
    expect(decide({ ...base, ...sticky }, { id: 'u1' }, { met }).variant).to.equal(other);
    const anew = { ...base, sticky: { bucketVersion: 3 } };
    expect(decide(anew, { id: 'u1' }, { met })).to.include({ variant: own, sticky: false });
  });

  it('leave out whoever met a phase before the least bucket version', () => {
    const config = { sticky: { bucketVersion: 3, minBucketVersion: 3 } };
    expect(reasonOf(config, { met: having([2, 'u1', 'bold']) })).to.equal('met-before');
    expect(reasonOf(config, { met: having([2, 'u2', 'bold']) })).to.equal('assigned');
    expect(explained(config, { met: having([2, 'u1', 'bold']) })).to.contain('before 3');
  });

  it('know a unit by its fallback attribute, and hash that where it has no other', () => {
    const config = { ...base, sticky: { fallbackAttribute: 'visitor' } };
    const met = having([3, 'v1', other]);
    const known = decide(config, { id: 'u1', visitor: 'v1' }, { met });
    expect(known).to.include({ variant: other, sticky: true, hashValue: 'u1' });
    const anonymous = decide(config, { visitor: 'v1' });
    expect(anonymous).to.include({ hashAttribute: 'visitor', hashValue: 'v1', inExperiment: true });
    expect(anonymous.bucket).to.equal(hash('hero', 'v1', 3));
  });

  it('hash anew whoever met a variant that is there no longer', () => {
    const decision = decide({ ...base, ...sticky }, { id: 'u1' }, { met: () => 'removed' });
    expect(decision).to.include({ inExperiment: true, sticky: false });
  });
});

describe('what is shown without taking part', () => {
  it('is what is forced, also in a draft', () => {
    const decision = decide({ ...base, status: 'draft' }, {}, { forced: { hero: 'bold' } });
    expect(decision).to.include({ variant: 'bold', reason: 'forced', inExperiment: false });
    expect(explain(decision)).to.deep.equal([
      'Variant 1 is forced: nothing else is looked at, nothing is recorded.',
      'Shows variant “bold” without taking part.',
    ]);
  });

  it('is not what there is no variant of', () => {
    expect(reasonOf({}, { forced: { hero: 'none' } })).to.equal('assigned');
    expect(reasonOf({ key: 'constructor' }, { forced: {} })).to.equal('assigned');
  });

  it('is the control for bots', () => {
    expect(reasonOf({}, { bot: true })).to.equal('bot');
    expect(explained({}, { bot: true })).to.contain('The unit is a bot.');
  });
});

describe('a schedule', () => {
  const startAt = '2026-11-01T00:00:00Z';
  const stopAt = '2026-12-01T00:00:00Z';
  const at = (time: string): DecideOptions => ({ now: Date.parse(time) });

  it('takes units in from its start until before its end', () => {
    const times = ['2026-10-31T23:59:59.999Z', startAt, '2026-11-30T23:59:59.999Z', stopAt];
    expect(times.map((time) => reasonOf({ startAt, stopAt }, at(time)))).to.deep.equal([
      'schedule',
      'assigned',
      'assigned',
      'schedule',
    ]);
    expect(times.map((time) => reasonOf({ startAt, stopAt: null }, at(time)))).to.deep.equal([
      'schedule',
      'assigned',
      'assigned',
      'assigned',
    ]);
    expect(explained({ startAt, stopAt }, at(stopAt))).to.contain(
      `It is 2026-12-01T00:00:00.000Z, and the experiment runs from ${startAt} until ${stopAt}.`,
    );
  });

  it('goes by the clock where no time is given', () => {
    expect(reasonOf({ startAt: '2000-01-01T00:00:00Z' })).to.equal('assigned');
    expect(reasonOf({ stopAt: '2000-01-01T00:00:00Z' })).to.equal('schedule');
  });
});

describe('pages', () => {
  const page = 'https://shop.example/cart?a=1';
  const urls = [{ include: true, type: 'simple' as const, pattern: '/cart' }];

  it('are where an experiment runs that names some; without any way to tell, it does not', () => {
    expect(reasonOf({ urls }, { url: page, pages })).to.equal('assigned');
    expect(reasonOf({ urls }, { url: 'https://shop.example/', pages })).to.equal('url');
    expect(reasonOf({ urls }, { pages })).to.equal('url');
    expect(reasonOf({ urls }, { url: page })).to.equal('url');
    expect(explained({ urls }, { url: 'https://shop.example/', pages })).to.contain(
      'The page is “https://shop.example/”, which is not among [{"include":true',
    );
  });

  it('are left where the variant redirects, whether assigned or shown', () => {
    const variants = base.variants.map((variant) => ({ ...variant, redirect: `/${variant.key}` }));
    for (const id of units.slice(0, 20)) {
      const { variant, redirect } = decide({ ...base, variants }, { id }, { url: page, pages });
      expect(redirect).to.equal(`https://shop.example/${variant}?a=1`);
    }
    const options = { url: `${page}&hero=1`, pages };
    const shown = decide({ ...base, variants }, { id: 'u1' }, options);
    expect(shown.redirect).to.equal('https://shop.example/bold?a=1&hero=1');
    expect(explain(shown).at(-1)).to.equal('That leads to https://shop.example/bold?a=1&hero=1');
    const out = decide({ ...base, variants, coverage: 0 }, { id: 'u1' }, { url: page, pages });
    expect(out.redirect).to.equal(null);
  });
});

describe('rules of any kind', () => {
  it('never throw, and take nobody in who is not running', () => {
    const some = fc.record(
      {
        status: fc.constantFrom('draft', 'running', 'paused', 'stopped', 'archived'),
        coverage: fc.double({ min: 0, max: 1 }),
        layer: fc.constant({ key: 'l', ranges: [[0, 0.5]] }),
        namespace: fc.constant(['n', 0, 0.5]),
        prerequisites: fc.constant([{ experiment: 'other' }]),
        sticky: fc.record({ bucketVersion: fc.nat(4), minBucketVersion: fc.nat(4) }),
        urls: fc.array(
          fc.record({
            include: fc.boolean(),
            type: fc.constantFrom('simple', 'regex'),
            pattern: fc.string(),
          }),
        ),
        startAt: fc.option(fc.string()),
        stopAt: fc.option(fc.string()),
        kind: fc.constantFrom('ab', 'holdout'),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Partial<ExperimentConfig>>;
    fc.assert(
      fc.property(some, some, fc.webUrl(), fc.string(), (change, more, url, id) => {
        const config = { ...base, ...change };
        const experiments = [config, { ...base, key: 'other', ...more }];
        const decision = decide(config, { id }, { experiments, url, pages, met: () => 'bold' });
        expect(decision.index).to.be.within(0, 1);
        if (decision.inExperiment) expect(config.status).to.equal('running');
        expect(explain(decision).length).to.be.above(1);
      }),
    );
  });
});
