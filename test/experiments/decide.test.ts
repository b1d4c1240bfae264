import { expect } from 'chai';
import {
  decide,
  explain,
  queryOverride,
  type ExperimentConfig,
} from '../../src/experiments/index.js';

const config: ExperimentConfig = {
  key: 'hero-copy',
  status: 'running',
  phase: 2,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: 'hero-copy',
  coverage: 1,
  variants: [
    { key: 'control', weight: 0.5 },
    { key: 'bold', weight: 0.5, payload: { size: 'xl' } },
  ],
};

describe('decide', () => {
  it('gives a unit its variant, its bucket and the payload', () => {
    const decision = decide(config, { id: 'u4' });
    expect(decision).to.include({
      inExperiment: true,
      reason: 'assigned',
      hashValue: 'u4',
      phase: 2,
    });
    expect(decision.bucket).to.be.within(0, 1);
    expect(decision.variant).to.equal(decision.bucket! < 0.5 ? 'control' : 'bold');
    const bold = Array.from({ length: 20 }, (_, i) => decide(config, { id: i })).find(
      ({ variant }) => variant === 'bold',
    );
    expect(bold?.payload).to.deep.equal({ size: 'xl' });
  });

  it('gives the same unit the same variant every time, whatever else is known about it', () => {
    for (let i = 0; i < 50; i++) {
      const id = `u${i}`;
      expect(decide(config, { id, country: 'DE' }).variant).to.equal(
        decide(config, { id }).variant,
      );
    }
  });

  it('follows weights and coverage', () => {
    const uneven: ExperimentConfig = {
      ...config,
      coverage: 0.6,
      variants: [
        { key: 'a', weight: 0.2 },
        { key: 'b', weight: 0.8 },
      ],
    };
    const n = 20_000;
    const decisions = Array.from({ length: n }, (_, i) => decide(uneven, { id: `u${i}` }));
    const share = (variant: string): number =>
      decisions.filter((d) => d.inExperiment && d.variant === variant).length / n;
    expect(share('a')).to.be.closeTo(0.12, 0.015);
    expect(share('b')).to.be.closeTo(0.48, 0.015);
    expect(decisions.filter((d) => d.reason === 'coverage').length / n).to.be.closeTo(0.4, 0.015);
  });

  it('shows the control to whoever does not take part', () => {
    const condition = { country: 'DE' };
    const outcomes: [Partial<ExperimentConfig>, Record<string, unknown>, string][] = [
      [{ status: 'paused' }, { id: 'u1' }, 'not-running'],
      [{ status: 'draft' }, { id: 'u1' }, 'not-running'],
      [{ status: 'stopped' }, { id: 'u1' }, 'not-running'],
      [{}, {}, 'no-unit'],
      [{}, { id: '' }, 'no-unit'],
      [{}, { id: null }, 'no-unit'],
      [{}, { id: { a: 1 } }, 'no-unit'],
      [{}, { id: 'x'.repeat(129) }, 'no-unit'],
      [{}, { id: 'a\nb' }, 'no-unit'],
      [{ hashAttribute: 'constructor' }, { id: 'u1' }, 'no-unit'],
      [{ condition }, { id: 'u1', country: 'AT' }, 'condition'],
      [{ hashVersion: 9 as never }, { id: 'u1' }, 'unsupported'],
      [{ status: 'resting' as never }, { id: 'u1' }, 'unsupported'],
      [{ needs: ['condition', 'moon'] }, { id: 'u1' }, 'unsupported'],
      [{ coverage: 0 }, { id: 'u1' }, 'coverage'],
    ];
    for (const [change, attributes, reason] of outcomes) {
      const decision = decide({ ...config, ...change }, attributes);
      expect(decision).to.include({ variant: 'control', index: 0, inExperiment: false, reason });
    }
    expect(decide({ ...config, condition }, { id: 'u1', country: 'DE' }).inExperiment).to.equal(
      true,
    );
  });

  it('hashes a number as its digits', () => {
    expect(decide(config, { id: 42 }).bucket).to.equal(decide(config, { id: '42' }).bucket);
  });

  it('knows groups in its condition', () => {
    const grouped = { ...config, condition: { id: { $inGroup: 'staff' } } };
    const groups = { staff: ['u1'] };
    expect(decide(grouped, { id: 'u1' }, { groups }).inExperiment).to.equal(true);
    expect(decide(grouped, { id: 'u2' }, { groups }).inExperiment).to.equal(false);
  });

  it('shows the variant that the URL asks for, and does not count it', () => {
    const url = 'https://shop.example/?hero-copy=1#top';
    const decision = decide({ ...config, status: 'draft' }, {}, { url });
    expect(decision).to.include({ variant: 'bold', inExperiment: false, reason: 'override' });
  });
});

describe('queryOverride', () => {
  it('reads an index from the query', () => {
    expect(queryOverride('a', 'https://x.example/p?b=0&a=1#a=0', 2)).to.equal(1);
    expect(queryOverride('a', '/p?a=0', 2)).to.equal(0);
    expect(queryOverride('a', 'https://x.example/#/p?a=1', 2), 'a router’s hash').to.equal(1);
    expect(queryOverride('a', '/p?b=1#/p?a=1', 2), 'the first query holds').to.equal(null);
  });

  it('gives null for anything that is no variant', () => {
    for (const url of ['', '/p', '/p?a=', '/p?a=2', '/p?a=-1', '/p?a=1x', '/p?a=1.0', '/p?A=1']) {
      expect(queryOverride('a', url, 2), url).to.equal(null);
    }
  });
});

describe('explain', () => {
  it('tells what was hashed, where it fell and what came of it', () => {
    const [status, unit, hashed, outcome, ...more] = explain(decide(config, { id: 'u1' }));
    expect(status).to.equal('The experiment is running.');
    expect(unit).to.equal('The unit is the attribute “id”: “u1”.');
    expect(hashed).to.match(
      /^Hash version 3 of seed “hero-copy” and the unit is 0\.\d+, in range [01] of \[0, 0\.5\) \[0\.5, 1\)\.$/,
    );
    expect(outcome).to.match(/^Takes part with variant “(control|bold)”\.$/);
    expect(more).to.deep.equal([]);
  });

  it('names the part of a condition that failed, and what the attribute was', () => {
    const targeted = { ...config, condition: { plan: 'pro', 'geo.country': { $in: ['DE'] } } };
    const attributes = { id: 'u1', plan: 'pro', geo: { country: 'AT' } };
    expect(explain(decide(targeted, attributes))).to.include(
      'The condition does not match: “geo.country” must satisfy {"$in":["DE"]}, and is "AT".',
    );
    expect(explain(decide(targeted, { id: 'u1' }))).to.include(
      'The condition does not match: “plan” must be "pro", and is not there.',
    );
  });

  it('says when weights were not used', () => {
    const odd = {
      ...config,
      variants: [
        { key: 'a', weight: 2 },
        { key: 'b', weight: 1 },
      ],
    };
    expect(explain(decide(odd, { id: 'u1' })).join(' ')).to.contain('do not sum to 1');
  });

  it('says why somebody does not take part', () => {
    expect(explain(decide({ ...config, status: 'paused' }, { id: 'u1' })).join(' ')).to.contain(
      '“paused”',
    );
    expect(explain(decide(config, {})).join(' ')).to.contain('names no unit');
    expect(explain(decide({ ...config, coverage: 0 }, { id: 'u1' })).join(' ')).to.contain(
      'coverage',
    );
    expect(explain(decide(config, {}, { url: '?hero-copy=1' })).join(' ')).to.contain(
      'without taking part',
    );
  });
});
