/** The balance of an experiment whose weights change. */
import { expect } from 'chai';
import { analyze, type AnalysisInput, type Summaries } from '../../src/stats/index.js';

const NOW = Date.parse('2026-10-06T00:00:00Z');
const days = ['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04', '2026-10-05'];

/** Three variants whose weights went from thirds to halves without the last, then to 20/80. */
function tell(units: number[][], weights?: Summaries['weights']) {
  const input: AnalysisInput = {
    variants: [0.2, 0.8, 0].map((weight, i) => ({ key: `v${i}`, name: `V${i}`, weight })),
    metrics: { primary: 'buy', secondary: [], guardrails: [] },
    plan: { method: 'sequential', alpha: 0.05, power: 0.8, mde: 0.05 },
    status: 'running',
    startedAt: '2026-10-01T00:00:00Z',
  };
  const summaries: Summaries = {
    // Their order is the summaries' own.
    variants: ['v2', 'v0', 'v1'],
    days,
    units: [units[2]!, units[0]!, units[1]!],
    multiple: 0,
    metrics: {},
    ...(weights && { weights }),
  };
  return analyze(input, summaries, [], NOW);
}

const history = [
  { since: '2026-10-01T00:00:00.000Z', shares: [0.34, 0.33, 0.33] },
  { since: '2026-10-02T09:00:00.000Z', shares: [0, 0.5, 0.5] },
  { since: '2026-10-04T15:00:00.000Z', shares: [0, 0.2, 0.8] },
];
const asPlanned = [
  [3_300, 4_500, 5_000, 4_000, 2_000],
  [3_300, 4_500, 5_000, 6_000, 8_000],
  [3_400, 1_000, 0, 0, 0],
];

describe('the balance of units whose weights changed', () => {
  it('holds each day against its own weights', () => {
    const { decision, srm, warnings } = tell(asPlanned, history);
    expect(decision).not.to.equal('untrustworthy');
    expect(srm).to.include({ mismatch: false, leaked: 0 });
    expect(warnings).to.deep.equal([]);
    // By the weights of today alone it would be off, and the dropped variant a leak.
    expect(tell(asPlanned).srm!.mismatch).to.equal(true);
    expect(tell(asPlanned).srm!.leaked).to.equal(4_400);
  });

  it('finds a mismatch within a span, and a leak into a variant after it was dropped', () => {
    const off = [asPlanned[0]!, [3_300, 4_500, 5_600, 6_000, 8_000], asPlanned[2]!];
    expect(tell(off, history).decision).to.equal('untrustworthy');
    const leaking = [asPlanned[0]!, asPlanned[1]!, [3_400, 1_000, 12, 0, 0]];
    expect(tell(leaking, history).srm!.leaked).to.equal(12);
  });

  it('says nothing of days on which they changed, or whose weights are not known', () => {
    const unknown = [{ ...history[0]!, shares: [0, 0, 0] }, ...history.slice(1)];
    const odd = [
      [9_000, 4_500, 5_000, 9_000, 2_000],
      [1_000, 4_500, 5_000, 100, 8_000],
      [1_000, 9_000, 0, 500, 0],
    ];
    expect(tell(odd, unknown).srm).to.include({ mismatch: false, leaked: 0 });
    expect(tell(odd, history).srm!.mismatch).to.equal(true);
  });
});
