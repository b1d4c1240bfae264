/**
 * Appends events once by id and counts them in the same transaction. What a batch touches is taken
 * out of the rollups, counted, and put back: whatever the order in which events come, the sums are
 * those of the rows; and a batch costs what it changes, whatever its units did before.
 */
import type { ConversionEvent, ExposureEvent, WireEvent } from '../../protocol/index.js';
import type { Database, Queryable } from '../database/database.js';
import { joinUnits, knownUnits } from './identify.js';
import { lockIngest, recount } from './recount.js';
import { sealedPhases } from './sealed.js';
import { countBots, newEvents, type Sender, storeConversions, storeExposures } from './store.js';
import { placesOf, unitsMovedBy } from './unit-totals.js';

export interface Ingest extends Sender {
  /** Names of the dimensions that results are told by. */
  dimensions: readonly string[];
}

/** `sealed`: of a phase whose events retention has deleted; not stored. */
export type Outcome = 'applied' | 'duplicate' | 'sealed';

/** Appends and counts events that fit the schema; what became of each. */
export async function ingest(
  database: Database,
  workspace: string,
  events: readonly WireEvent[],
  options: Ingest,
): Promise<Map<WireEvent, Outcome>> {
  if (!events.length) return new Map();
  return database.forWorkspace(workspace).transaction(async (tx) => {
    await lockIngest(tx, workspace);
    const sealed = await sealedPhases(
      tx,
      workspace,
      events.flatMap((event) => (event.type === 'exposure' ? [event.experiment] : [])),
    );
    const isSealed = (event: WireEvent) =>
      event.type === 'exposure' && sealed.has(`${event.experiment} ${event.phase}`);
    const fresh = await newEvents(
      tx,
      workspace,
      events.filter((event) => !isSealed(event)),
    );
    if (fresh.length) await append(tx, workspace, fresh, options);
    const applied = new Set(fresh);
    return new Map(
      events.map((event) => [
        event,
        isSealed(event) ? 'sealed' : applied.has(event) ? 'applied' : 'duplicate',
      ]),
    );
  });
}

async function append(
  tx: Queryable,
  workspace: string,
  events: readonly WireEvent[],
  options: Ingest,
): Promise<void> {
  const joined = await joinUnits(
    tx,
    workspace,
    events.filter((event) => event.type === 'identify'),
    options,
  );
  const known = await knownUnits(
    tx,
    workspace,
    events.map(({ unit }) => unit),
  );
  const isExposure = (event: WireEvent): event is ExposureEvent => event.type === 'exposure';
  const exposures = events.filter(isExposure);
  const stored = await storeExposures(tx, workspace, exposures, known, options);
  const conversions = events.filter(
    (event): event is ConversionEvent => event.type === 'conversion',
  );
  await storeConversions(tx, workspace, conversions, known, options);
  if (options.bot) await countBots(tx, workspace, stored);
  const counted = options.bot ? [] : conversions;
  await recount(tx, workspace, {
    whole: [
      ...(await placesOf(tx, workspace, joined)),
      ...(options.bot ? [] : await unitsMovedBy(tx, workspace, stored)),
    ],
    conversions: counted.map(({ id, name, unit }) => ({
      id,
      event: name,
      unit: known.get(unit) ?? unit,
    })),
    dimensions: options.dimensions,
  });
}
