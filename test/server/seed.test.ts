import { expect } from 'chai';
import type { Experiment, Metric, Results } from '../../src/experiments/model.js';
import { checkConfig } from '../../src/server/config/check.js';
import { createContext } from '../../src/server/context.js';
import type { Database } from '../../src/server/database/database.js';
import { migrate } from '../../src/server/database/migrate.js';
import { openMemory } from './engines.js';
import { demoExperiments } from '../../src/server/demo/experiments.js';
import { isEmpty, seedWorkspace } from '../../src/server/demo/seed.js';
import { trafficOf } from '../../src/server/demo/traffic.js';
import { analyze } from '../../src/stats/index.js';

const NOW = Date.UTC(2026, 10, 22, 15, 30);
const DAY = 24 * 3_600_000;

describe('the demo’s traffic', () => {
  const hero = demoExperiments.find(({ key }) => key === 'hero-copy')!;
  const withoutTimes = (now: number) => trafficOf(hero, now).map(({ at: _, ...event }) => event);
  const exposures = (now: number) => trafficOf(hero, now).filter(({ type }) => type === 'exposure');

  it('is the same every time but for its times', () => {
    expect(trafficOf(hero, NOW)).to.deep.equal(trafficOf(hero, NOW));
    const units = (now: number) => withoutTimes(now).filter((event) => event.type === 'exposure');
    expect(units(NOW).slice(0, 15_000)).to.deep.equal(units(NOW + 3.3 * DAY).slice(0, 15_000));
  });

  it('has no round totals', () => {
    for (const { key, traffic } of demoExperiments) {
      if (traffic) expect(traffic.units % 100, key).not.to.equal(0);
    }
  });

  it('ends now and begins when the experiment did', () => {
    const times = exposures(NOW).map(({ at }) => at);
    expect(Math.max(...times.slice(-100))).to.be.within(NOW - DAY, NOW);
    expect(times[0]).to.be.within(NOW - 18 * DAY, NOW - 17 * DAY + DAY);
  });
});

describe('the demo’s workspace', function () {
  this.timeout(240_000);
  let database: Database;
  before(async () => {
    database = await openMemory();
    await migrate(database);
  });
  after(() => database.close());

  it('holds six experiments, each with its own story', async () => {
    const context = await createContext({ database, config: checkConfig({}), now: () => NOW });
    const lines: string[] = [];
    expect(await isEmpty(context, 'demo')).to.equal(true);
    await seedWorkspace(context, 'demo', (line) => lines.push(line));
    expect(await isEmpty(context, 'demo')).to.equal(false);
    expect(lines[0]).to.match(/events, 25\d,\d{3} of them exposures/);
    await context.close();

    const rows = await database.query<{ collection: string; key: string; value: unknown }>(
      `select collection, key, value from rows where workspace = 'demo'`,
    );
    const of = (collection: string) => rows.filter((row) => row.collection === collection);
    const metrics = of('metrics').map(({ value }) => value as Metric);
    const stories = of('experiments').map(({ key, value }) => {
      const results = of('results').find((row) => row.key === key)?.value as Results;
      const { decision } = analyze(value as Experiment, results, metrics, NOW);
      return `${key}: ${(value as Experiment).status}, ${decision}`;
    });
    expect(stories).to.have.members([
      'checkout-one-page: running, ship',
      'hero-copy: running, keep-running',
      'free-shipping: running, untrustworthy',
      'onboarding: paused, keep-running',
      'annual-first: stopped, roll-back',
      'search-v3: draft, not-started',
    ]);
  });
});
