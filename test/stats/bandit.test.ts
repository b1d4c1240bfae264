import { expect } from 'chai';
import fc from 'fast-check';
import { arm, emptyArm, normal, thompsonWeights, type Arm } from '../../src/stats/index.js';

const proportion = (n: number, sum: number): Arm => arm({ n, sum, sumSquares: sum });

describe('Thompson weights', () => {
  it('are the probabilities to be best', () => {
    const [a, b] = [proportion(5_000, 500), proportion(5_000, 520)];
    const sd = Math.sqrt((0.1 * 0.9) / 4_999 + (0.104 * 0.896) / 4_999);
    const [weight, other] = thompsonWeights([a, b]);
    expect(other).to.be.closeTo(normal.cdf(0.004 / sd), 1e-10);
    expect(weight! + other!).to.be.closeTo(1, 1e-12);
  });

  it('keep every arm at the floor', () => {
    const weights = thompsonWeights([
      proportion(1e5, 1e4),
      proportion(1e5, 2e4),
      proportion(1e5, 1e4),
    ]);
    [0.01, 0.98, 0.01].forEach((weight, i) => expect(weights[i]).to.be.closeTo(weight, 1e-12));
    expect(() => thompsonWeights([emptyArm, emptyArm], { floor: 0.6 })).to.throw(/fit into 1/);
    expect(() => thompsonWeights([])).to.throw(/fit into 1/);
  });

  it('are equal before every arm has its hundred units', () => {
    expect(thompsonWeights([proportion(99, 1), proportion(9_000, 900)])).to.deep.equal([0.5, 0.5]);
    expect(thompsonWeights([proportion(500, 0), proportion(500, 0)])).to.deep.equal([0.5, 0.5]);
  });

  it('turn round where less is better', () => {
    const arms = [proportion(5_000, 500), proportion(5_000, 530), proportion(5_000, 510)];
    const less = thompsonWeights(arms, { lowerIsBetter: true });
    expect(less[0]).to.be.above(less[2]!);
    expect(less[2]).to.be.above(less[1]!);
  });

  it('sum to 1, none below the floor, whatever was measured', () => {
    const any = fc
      .record({
        n: fc.constantFrom(0, 1, 100, 1e9),
        mean: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        m2: fc.double({ min: 0, max: 1e300, noNaN: true }),
      })
      .map((made): Arm => made);
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 6 }), (arms) => {
        const weights = thompsonWeights(arms);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).to.be.closeTo(1, 1e-9);
        for (const weight of weights) expect(weight).to.be.within(0.01 - 1e-12, 1);
      }),
    );
  });
});
