import { expect } from 'chai';
import fc from 'fast-check';
import { bandPath, linePath } from '../../src/elements/charts/line.js';
import { axis, beyond, position } from '../../src/elements/charts/scale.js';

describe('the scale of a chart', () => {
  it('has round ticks with zero among them', () => {
    expect(axis([-0.043, 0.118]).ticks).to.deep.equal([-0.05, 0, 0.05, 0.1]);
    expect(axis([0, 7]).ticks).to.deep.equal([0, 2, 4, 6]);
  });

  it('still is a scale without values', () => {
    expect(axis([]).domain[0]).to.be.below(axis([]).domain[1]);
    expect(axis([null, Number.NaN, Infinity]).domain).to.deep.equal(axis([]).domain);
  });

  it('holds every value and zero, and its ticks lie inside, for all values', () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const { domain, ticks } = axis(values);
        for (const v of [0, ...values]) expect(beyond(v, domain)).to.equal(0);
        for (const tick of ticks) {
          expect(position(tick, domain)).to.be.within(0, 100);
          expect(tick).to.be.finite;
        }
        expect(ticks.length).to.be.within(1, 12);
      }),
    );
  });

  it('takes the dust of floating point for nothing', () => {
    expect(axis([5e-324]).ticks).to.deep.equal(axis([]).ticks);
  });

  it('holds what lies beyond its ends at the ends', () => {
    expect(position(5, [0, 1])).to.equal(100);
    expect(position(-5, [0, 1])).to.equal(0);
    expect(beyond(5, [0, 1])).to.equal(1);
  });
});

describe('a line with its band', () => {
  const point = (value: number | null, interval: [number, number] | null = null) => ({
    at: '',
    value,
    interval,
  });

  it('breaks where a value is missing', () => {
    const path = linePath([point(0), point(1), point(null), point(1)], [0, 1]);
    expect(path).to.equal('M0.00,100.00L33.33,0.00M100.00,0.00');
  });

  it('closes a band around each run of intervals', () => {
    const path = bandPath([point(0, [0, 1]), point(0), point(0, [0, 1])], [0, 1]);
    expect(path.match(/Z/g)).to.have.lengthOf(2);
  });
});
