import { expect } from 'chai';
import fc from 'fast-check';
import { formatOf } from '../../src/elements/ab-dashboard/format.js';
import { dashboardMessages } from '../../src/elements/ab-dashboard/messages.js';
import { formatRoute, parseRoute, type Route } from '../../src/elements/ab-dashboard/route.js';

const en = formatOf('en');
const { points } = dashboardMessages;
const rate = { kind: 'proportion', format: 'percent' } as const;

describe('numbers on the dashboard', () => {
  it('have a sign where they are changes, and a real minus', () => {
    expect(en.lift(0.058)).to.equal('+5.8%');
    expect(en.lift(-0.008)).to.equal('\u22120.8%');
    expect(en.lift(0)).to.equal('0.0%');
    expect(en.lift(-0.0001)).to.equal('0.0%');
  });

  it('are written as their metric is', () => {
    expect(en.value(rate, 0.0312)).to.equal('3.12%');
    expect(en.value(rate, 0.412)).to.equal('41.2%');
    expect(en.value({ kind: 'mean', format: 'EUR' }, 1.84)).to.equal('€1.84');
    expect(en.value({ kind: 'mean', format: 's' }, 1.42)).to.equal('1.42s');
    expect(en.value({ kind: 'count' }, 12345)).to.equal('12,345');
  });

  it('give the change of a share in percentage points, never as another percentage', () => {
    expect(en.difference(rate, 0.0018, points)).to.equal('+0.18 pp');
    expect(en.difference({ kind: 'mean', format: 'EUR' }, -0.08, points)).to.equal('\u2212€0.08');
  });

  it('say when a p-value is too small to be written', () => {
    expect(en.pValue(0.00001)).to.equal('<0.0001');
    expect(en.pValue(0.0009)).to.equal('0.0009');
    expect(en.pValue(0.0134)).to.equal('0.013');
    expect(en.pValue(0)).to.equal('<0.0001');
    expect(en.pValue(1)).to.equal('1');
  });

  it('follow the locale', () => {
    expect(formatOf('de').count(184302)).to.equal('184.302');
    expect(formatOf('x-nonsense-').count(1234)).to.equal('1,234');
  });

  it('are a dash when missing and never NaN, whatever comes in', () => {
    const value = fc.oneof(fc.double(), fc.constant(null), fc.constant(undefined));
    fc.assert(
      fc.property(value, (v) => {
        const all = [
          en.count(v),
          en.percent(v),
          en.lift(v),
          en.size(v),
          en.tick(v),
          en.pValue(v),
          en.value(rate, v),
          en.value({ kind: 'mean', format: 'EUR' }, v),
          en.difference(rate, v, points),
        ];
        for (const text of all) expect(text).not.to.match(/NaN|∞|null|undefined|^-/);
        if (v === null || v === undefined) expect(new Set(all)).to.deep.equal(new Set(['–']));
      }),
    );
    expect(en.day('rubbish')).to.equal('–');
    expect(en.date(null)).to.equal('–');
  });
});

describe('the overview', () => {
  it('counts in words and says what waits', () => {
    expect(dashboardMessages.overview(6, 3, 2, en.count)).to.equal(
      'Six experiments, three running. Two decisions are waiting for you.',
    );
    expect(dashboardMessages.overview(1, 0, 0, en.count)).to.equal(
      'One experiment, none running. Nothing waits for a decision.',
    );
    expect(dashboardMessages.overview(1000, 500, 1, en.count)).to.equal(
      '1,000 experiments, 500 running. One decision is waiting for you.',
    );
  });
});

describe('addresses', () => {
  it('lead back to where they came from, for every key', () => {
    const key = fc.string({ minLength: 1, unit: 'grapheme' });
    const route: fc.Arbitrary<Route> = fc.oneof(
      fc.constant<Route>({ view: 'list' }),
      key.map((key): Route => ({ view: 'detail', key })),
      key.map((key): Route => ({ view: 'edit', key })),
      fc.option(key).map((template): Route => ({ view: 'new', template })),
    );
    fc.assert(
      fc.property(route, (route) => {
        expect(parseRoute(formatRoute(route))).to.deep.equal(route);
      }),
    );
  });

  it('are left alone where they are not ours', () => {
    expect(parseRoute('#content')).to.equal(null);
    expect(parseRoute('')).to.deep.equal({ view: 'list' });
    expect(parseRoute('#/somewhere/else')).to.deep.equal({ view: 'list' });
    expect(parseRoute('#/experiments/%E0%A4%A')).to.deep.equal({
      view: 'detail',
      key: '%E0%A4%A',
    });
  });
});
