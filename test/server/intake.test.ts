import { expect } from 'chai';
import type { WireEvent } from '../../src/protocol/index.js';
import { DatabaseError } from '../../src/server/database/database.js';
import { readIdentity } from '../../src/server/database/identity.js';
import { createIntake } from '../../src/server/experiments/intake.js';
import { newWorkspace, onEachEngine } from './engines.js';
import { watched } from './watched.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const sender = { sentAt: NOON, receivedAt: NOON, bot: false };
const conversion = (id: string): WireEvent => ({
  type: 'conversion',
  id,
  name: 'bought',
  unit: 'u',
  value: 1,
  at: NOON,
});

onEachEngine('requests with events', (engine) => {
  const stored = async (workspace: string) => {
    const rows = await engine
      .database()
      .query<{ id: string }>('select id from conversions where workspace = $1 order by id', [
        workspace,
      ]);
    return rows.map(({ id }) => id);
  };

  // As every server that starts.
  before(() => readIdentity(engine.database()));

  it('that arrive together share a transaction, each told what became of its own', async () => {
    let transactions = 0;
    const database = watched(engine.database(), (sql) => {
      if (sql.includes('advisory')) transactions += 1;
    });
    const intake = createIntake(database, new Map());
    const workspace = newWorkspace();
    const outcomes = await Promise.all(
      ['a', 'b', 'c', 'b'].map(async (id) => {
        const event = conversion(id);
        return (await intake(workspace, { events: [event], sender })).outcomes.get(event);
      }),
    );
    expect(outcomes).to.deep.equal(['applied', 'applied', 'applied', 'duplicate']);
    expect(transactions).to.equal(2);
    expect(await stored(workspace)).to.deep.equal(['a', 'b', 'c']);
  });

  it('spoil nobody else’s when the database does not take theirs', async () => {
    const intake = createIntake(engine.database(), new Map());
    const workspace = newWorkspace();
    const untimed = { ...sender, receivedAt: NaN };
    const outcomes = await Promise.allSettled([
      intake(workspace, { events: [conversion('a')], sender }),
      intake(workspace, { events: [conversion('b')], sender: untimed }),
      intake(workspace, { events: [conversion('c')], sender }),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[1]).to.have.property('reason').that.is.instanceOf(DatabaseError);
    expect(await stored(workspace)).to.deep.equal(['a', 'c']);
    await intake(workspace, { events: [conversion('d')], sender });
    expect(await stored(workspace)).to.deep.equal(['a', 'c', 'd']);
  });
});
