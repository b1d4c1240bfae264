import { expect } from 'chai';
import {
  addValue,
  arm,
  compare,
  emptyArm,
  fragility,
  interaction,
  learnPrior,
  normal,
  novelty,
  preExperimentBias,
  shrink,
  type Arm,
} from '../../src/stats/index.js';
import { binomial, seeded } from './random.js';

const proportion = (n: number, sum: number): Arm => arm({ n, sum, sumSquares: sum });

describe('the Bayesian view under a learned prior', () => {
  it('is the lift with the winner’s curse taken off', () => {
    const [control, treatment] = [proportion(10_000, 1_000), proportion(10_000, 1_090)];
    const prior = { mean: 0.01, sd: 0.03 };
    const { lift, standardError, bayesian } = compare(control, treatment, { prior });
    const shrunk = shrink({ lift: lift!, standardError: standardError! / control.mean }, prior);
    expect(bayesian!.difference / control.mean).to.be.closeTo(shrunk.lift, 1e-12);
    expect(shrunk.lift).to.be.within(0.01, lift!);
  });
});

describe('novelty', () => {
  const days = (lift: (day: number) => number) =>
    Array.from({ length: 14 }, (_, i) => ({
      control: proportion(20_000, 2_000),
      treatment: proportion(20_000, Math.round(2_000 * (1 + lift(i + 1)))),
    }));

  it('finds a lift that wears off, and its slope on ln(day)', () => {
    const found = novelty(days((day) => 0.2 - 0.06 * Math.log(day)))!;
    expect(found.estimate).to.be.closeTo(-0.06, 0.002);
    expect(found.pValue).to.be.below(0.001);
  });

  it('says nothing of a steady lift, nor of three days', () => {
    const steady = days(() => 0.1);
    expect(novelty(steady)!.pValue).to.be.above(0.9);
    expect(novelty(steady.slice(0, 3))).to.equal(null);
    expect(novelty([])).to.equal(null);
  });

  it('sees a trend in one of a hundred steady lifts of few conversions, and in no more', () => {
    const random = seeded(19);
    let called = 0;
    for (let run = 0; run < 1_500; run++) {
      const daily = Array.from({ length: 14 }, () => ({
        control: proportion(200, binomial(200, 0.05, random)),
        treatment: proportion(200, binomial(200, 0.05, random)),
      }));
      if ((novelty(daily)?.pValue ?? 1) < 0.01) called++;
    }
    // A day's own errors made it 2.1 %.
    expect(called / 1_500).to.be.below(0.0165);
  });

  it('rarely sees a trend where there is none', () => {
    const random = seeded(12);
    let calls = 0;
    for (let run = 0; run < 300; run++) {
      const noise = Array.from({ length: 10 }, () => ({
        control: proportion(500, binomial(500, 0.3, random)),
        treatment: proportion(500, binomial(500, 0.3, random)),
      }));
      if (novelty(noise)!.pValue < 0.05) calls++;
    }
    expect(calls).to.be.within(4, 30);
  });
});

describe('pre-experiment bias', () => {
  const before = (x: number): Arm =>
    Array.from({ length: 500 }, (_, i) => i % 7).reduce<Arm>(
      (made, i) => addValue(made, { value: i, covariate: x + i }),
      emptyArm,
    );

  it('finds groups that differed before, among several', () => {
    const found = preExperimentBias(before(0), [before(0), before(1), emptyArm]);
    expect(found.map(({ biased }) => biased)).to.deep.equal([false, true, false]);
    const alone = preExperimentBias(before(0), [before(0.3)])[0]!.pValue!;
    const ofThree = preExperimentBias(before(0), [before(0.3), before(0), before(0)])[0]!.pValue!;
    expect(ofThree).to.be.closeTo(3 * alone, 1e-12);
  });

  it('has nothing to say without a covariate', () => {
    expect(preExperimentBias(proportion(9, 3), [proportion(9, 4)])).to.deep.equal([
      { pValue: null, biased: false },
    ]);
  });
});

describe('interaction', () => {
  it('is the difference of differences with its error', () => {
    const cells = [
      [proportion(1_000, 100), proportion(1_000, 120)],
      [proportion(1_000, 130), proportion(1_000, 110)],
    ] as const;
    const { estimate, standardError, pValue } = interaction(cells)!;
    expect(estimate).to.be.closeTo(0.11 - 0.13 - (0.12 - 0.1), 1e-12);
    const variance = cells.flat().reduce((sum, { n, m2 }) => sum + m2 / (n - 1) / n, 0);
    expect(standardError).to.be.closeTo(Math.sqrt(variance), 1e-12);
    expect(pValue).to.be.closeTo(2 * normal.sf(0.04 / Math.sqrt(variance)), 1e-12);
  });

  it('is null without spread or units', () => {
    expect(
      interaction([
        [emptyArm, emptyArm],
        [emptyArm, emptyArm],
      ]),
    ).to.equal(null);
    const flat = proportion(10, 0);
    expect(
      interaction([
        [flat, flat],
        [flat, flat],
      ]),
    ).to.equal(null);
  });
});

describe('fragility', () => {
  it('is how many conversions the verdict hangs on', () => {
    const [c, t] = [proportion(1_000, 100), proportion(1_000, 135)];
    const { flips } = fragility(c, t);
    expect(flips).to.be.above(0);
    expect(compare(c, proportion(1_000, 135 - flips!)).pValue).to.be.at.least(0.05);
    expect(compare(c, proportion(1_000, 135 - flips! + 1)).pValue).to.be.below(0.05);
  });

  it('takes them from whichever arm is better', () => {
    const one = fragility(proportion(1_000, 100), proportion(1_000, 135));
    expect(fragility(proportion(1_000, 135), proportion(1_000, 100))).to.deep.equal(one);
  });

  it('says why there is none', () => {
    expect(fragility(proportion(1_000, 100), proportion(1_000, 101))).to.deep.equal({
      flips: null,
      reason: 'not-significant',
    });
    expect(fragility(emptyArm, proportion(9, 1)).reason).to.equal('too-few-units');
    const revenue = arm({ n: 2, sum: 20, sumSquares: 400 });
    expect(() => fragility(revenue, revenue)).to.throw(/of proportions/);
  });
});

describe('the prior of past experiments', () => {
  it('is the spread that is left when the errors are taken out', () => {
    const random = seeded(31);
    const draw = (): number => normal.quantile(random() || 0.5);
    const lifts = Array.from({ length: 2_000 }, () => {
      const standardError = 0.01 + 0.03 * random();
      return { lift: 0.01 + 0.04 * draw() + standardError * draw(), standardError };
    });
    const prior = learnPrior(lifts);
    expect(prior.mean).to.be.closeTo(0.01, 0.004);
    expect(prior.sd).to.be.closeTo(0.04, 0.003);
  });

  it('takes the winner’s curse off', () => {
    const random = seeded(32);
    const draw = (): number => normal.quantile(random() || 0.5);
    const prior = { mean: 0, sd: 0.05 };
    let [measured, shrunk, truth, winners] = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) {
      const real = 0.05 * draw();
      const lift = real + 0.04 * draw();
      if (lift < 1.96 * 0.04) continue;
      winners++;
      measured += lift;
      truth += real;
      shrunk += shrink({ lift, standardError: 0.04 }, prior).lift;
    }
    expect(measured / winners).to.be.above((1.3 * truth) / winners);
    expect(shrunk / winners).to.be.closeTo(truth / winners, 0.003);
  });

  it('is a point where lifts differ by chance alone, and shrinks all the way to it', () => {
    const prior = learnPrior([
      { lift: 0.02, standardError: 0.05 },
      { lift: 0.03, standardError: 0.05 },
    ]);
    expect(prior.sd).to.equal(0);
    expect(shrink({ lift: 0.4, standardError: 0.1 }, prior)).to.deep.equal({
      lift: prior.mean,
      standardError: 0,
    });
    expect(() => learnPrior([{ lift: 1, standardError: 1 }])).to.throw(/two past lifts/);
    expect(() => shrink({ lift: 1, standardError: 0 }, prior)).to.throw(/above 0/);
  });
});
