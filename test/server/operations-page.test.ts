import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { settingsPage } from '../../scripts/settings.js';
import { createMetrics } from '../../src/server/operations/metrics.js';
import { createAdmission } from '../../src/server/operations/admission.js';
import { onEachEngine } from './engines.js';

describe('docs/operations.md', () => {
  it('has every setting of the server as it is (npm run settings writes them)', async () => {
    const { is, should } = await settingsPage();
    expect(is).to.equal(should);
  });
});

onEachEngine('docs/operations.md on metrics', (engine) => {
  it('names those that there are', async () => {
    const streams = { full: false, open: 0, dropped: 0, add() {}, close() {} };
    const text = await createMetrics(engine.database(), createAdmission(), streams).text();
    const page = readFileSync('docs/operations.md', 'utf8');
    const named = [...page.matchAll(/`((?:bytelyst|nodejs|process)_[a-z_0-9]+)[`{]/g)];
    const names = named.map(([, name]) => name!).filter((name) => name !== 'bytelyst_tenant');
    expect(names.length).to.be.above(8);
    for (const name of names) expect(text).to.include(`# TYPE ${name} `);
  });
});
