import { expect } from 'chai';
import { findPostgres } from '../../../scripts/machine/postgres.js';
import { type ClusterCounts, runScenario } from './scenario.js';

describe('three nodes on one PostgreSQL', function () {
  this.timeout(300_000);

  if (!findPostgres()) {
    it('is run where CI=true', () => {
      if (process.env.CI === 'true') throw new Error('PostgreSQL is not installed');
    });
    return;
  }

  let counts: ClusterCounts;
  before(async () => {
    counts = await runScenario({ log: (line) => console.log(`      ${line}`) });
    console.log(`      ${JSON.stringify(counts)}`);
  });

  it('lose nothing that was acknowledged: a node killed, PostgreSQL crashed, a backup restored', () => {
    expect(counts.acknowledged).to.be.above(500);
    expect(counts.lost).to.equal(0);
  });

  it('do nothing twice', () => {
    expect(counts.twice).to.equal(0);
  });

  it('get back from the devices what the backup did not have', () => {
    expect(counts.healed).to.be.above(0);
    expect(counts.healedEvents).to.be.above(0);
  });

  it('leave every device with the same rows, and none with a failed write', () => {
    expect([counts.diverged, counts.failed]).to.deep.equal([0, 0]);
  });
});
