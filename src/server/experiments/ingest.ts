/**
 * Appends events once by id and counts them in the same transaction. What exposures and identifies
 * change is taken out of the rollups, counted, and put back; conversions are added. Whatever the
 * order in which events come, the sums are those of the rows; and a batch costs what it changes,
 * whatever its units did before.
 */
import type { WireEvent } from '../../protocol/index.js';
import { markResultsStale } from '../collections/stale-results.js';
import type { Database, Queryable } from '../database/database.js';
import { storeConversions } from './conversions.js';
import { joinUnits, knownUnits } from './identify.js';
import { lockIngest, recount } from './recount.js';
import { sealedPhases } from './sealed.js';
import { countNotable, newEvents, type Received, type Sender, storeExposures } from './store.js';
import { placesOf, unitsMovedBy } from './unit-totals.js';

/** The events of one request, which fit the schema. */
export interface SentEvents {
  events: readonly WireEvent[];
  sender: Sender;
}

/** `sealed`: of a phase whose events retention has deleted; not stored. */
export type Outcome = 'applied' | 'duplicate' | 'sealed';

/**
 * Appends and counts the events of some requests in one transaction; what became of each.
 * `dimensions` are the names of those that results are told by.
 */
export async function ingest(
  database: Database,
  workspace: string,
  requests: readonly SentEvents[],
  dimensions: readonly string[],
): Promise<Map<WireEvent, Outcome>> {
  const received = requests.flatMap(({ events, sender }) =>
    events.map((event): Received => ({ event, sender })),
  );
  if (!received.length) return new Map();
  return database.forWorkspace(workspace).transaction(async (tx) => {
    // Sent together; each sees what was there when the lock was taken.
    const [, sealed, unknown] = await Promise.all([
      lockIngest(tx, workspace),
      sealedPhases(
        tx,
        workspace,
        received.flatMap(({ event }) => (event.type === 'exposure' ? [event.experiment] : [])),
      ),
      newEvents(tx, workspace, received),
    ]);
    const isSealed = (event: WireEvent) =>
      event.type === 'exposure' && sealed.has(`${event.experiment} ${event.phase}`);
    const fresh = unknown.filter(({ event }) => !isSealed(event));
    if (fresh.length) await append(tx, workspace, fresh, dimensions);
    const applied = new Set(fresh.map(({ event }) => event));
    return new Map(
      received.map(({ event }) => [
        event,
        isSealed(event) ? 'sealed' : applied.has(event) ? 'applied' : 'duplicate',
      ]),
    );
  });
}

async function append(
  tx: Queryable,
  workspace: string,
  received: readonly Received[],
  dimensions: readonly string[],
): Promise<void> {
  const joined = await joinUnits(tx, workspace, ofType(received, 'identify'));
  const units = [...new Set(received.map(({ event }) => event.unit))];
  const known = await knownUnits(tx, workspace, units);
  const stored = await storeExposures(tx, workspace, ofType(received, 'exposure'), known);
  await countNotable(tx, workspace, stored);
  const changed = [
    ...(await placesOf(tx, workspace, joined)),
    ...(await unitsMovedBy(
      tx,
      workspace,
      stored.filter(({ bot }) => !bot),
    )),
  ];
  const conversions = ofType(received, 'conversion');
  const experiments = await storeConversions(tx, workspace, conversions, known, changed);
  await markResultsStale(tx, workspace, experiments);
  await recount(tx, workspace, changed, dimensions);
}

function ofType<T extends WireEvent['type']>(received: readonly Received[], type: T) {
  return received.filter(
    (one): one is Received<Extract<WireEvent, { type: T }>> => one.event.type === type,
  );
}
