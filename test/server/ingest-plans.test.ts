import { expect } from 'chai';
import { lockIngest } from '../../src/server/experiments/recount.js';
import { newWorkspace, onEachEngine } from './engines.js';

onEachEngine('plans of ingestion', (engine) => {
  it('look rows up by index, also where a table was empty when it was last analysed', async () => {
    const database = engine.database();
    await database.query('analyze conversions');
    const workspace = newWorkspace();
    const lines = await database.transaction(async (tx) => {
      await lockIngest(tx, workspace);
      return tx.query<{ 'QUERY PLAN': string }>(
        `explain select id from conversions where workspace = '${workspace}' and id = 'c1'`,
      );
    });
    const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan)
      .to.match(/Index/)
      .and.not.match(/Seq Scan/);
  });
});
