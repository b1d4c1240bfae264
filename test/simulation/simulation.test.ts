import { expect } from 'chai';
import { BUGS } from './bugs.js';
import { readCorpus } from './corpus.js';
import { generate } from './generate.js';
import { runHistory } from './history.js';
import { hunt } from './hunt.js';
import { load, type Subject } from './load.js';
import { openRealServer, REAL_LIMITS, type RealServer } from './real-server.js';
import { runSeeds } from './run.js';

const HISTORIES = 500;
/** Histories in which a seeded bug must be found. */
const AT_MOST = 2_000;

describe('a simulated world', () => {
  let subject: Subject;
  before(async () => {
    subject = await load();
  });

  it(`heals whatever happens in it: ${HISTORIES} histories`, async () => {
    const { failures, repeated } = await runSeeds(subject, 1, HISTORIES);
    expect(failures).to.deep.equal([]);
    expect(repeated).to.equal(HISTORIES / 10);
  }).timeout(300_000);

  it('is another world for another seed', async () => {
    const traces = await Promise.all(
      [1, 2].map(async (seed) => (await runHistory(subject, generate(seed))).trace),
    );
    expect(new Set(traces)).to.have.length(2);
  });

  describe('that went wrong once', () => {
    for (const { name, why, plan } of readCorpus())
      it(`heals: ${why} (${name})`, async () => {
        expect((await runHistory(subject, plan)).violations).to.deep.equal([]);
      });
  });

  describe('with the real server', () => {
    let server: RealServer;
    before(async function () {
      this.timeout(60_000);
      server = await openRealServer();
    });
    after(() => server.close());

    it('heals too', async () => {
      const { failures } = await runSeeds(
        subject,
        1,
        5,
        async () => ({ backend: await server.backend(), collections: REAL_LIMITS.collections! }),
        (seed) => generate(seed, REAL_LIMITS),
        { compare: false },
      );
      expect(failures).to.deep.equal([]);
    }).timeout(60_000);
  });
});

describe('the simulator finds a bug:', () => {
  for (const bug of BUGS)
    it(bug.name, async () => {
      expect((await hunt(bug, 1, AT_MOST)).histories).to.be.a('number');
    }).timeout(300_000);
});
