/** Requests with events of one workspace that arrive together share a transaction. */
import type { Standing, WireEvent } from '../../protocol/index.js';
import { type Database, isUnavailable } from '../database/database.js';
import { readStanding } from '../database/promises.js';
import { gathering } from '../gathering.js';
import { ingest, type Outcome, type SentEvents } from './ingest.js';
import { settingsOf, type Workspaces } from './settings.js';

/** Events of one transaction, over all requests that share it. */
const TRANSACTION_EVENTS = 2_000;

/** What became of each event, by the objects that were given, and where the workspace stands. */
export interface Taken {
  outcomes: ReadonlyMap<WireEvent, Outcome>;
  standing: Standing;
}

interface Waiting extends SentEvents {
  resolve: (taken: Taken) => void;
  reject: (error: unknown) => void;
}

export type Intake = (workspace: string, request: SentEvents) => Promise<Taken>;

export function createIntake(database: Database, workspaces: Workspaces): Intake {
  async function work(workspace: string, batch: readonly Waiting[]): Promise<Waiting[]> {
    const { dimensions } = settingsOf(workspaces, workspace);
    try {
      const outcomes = await ingest(database, workspace, batch, dimensions);
      const promise = [...outcomes.values()].some((outcome) => outcome !== 'sealed');
      const standing = await readStanding(database, workspace, { promise });
      for (const { resolve } of batch) resolve({ outcomes, standing });
    } catch (error) {
      // What the database does not take of one spoils nobody else’s.
      if (batch.length > 1 && !isUnavailable(error)) {
        for (const request of batch) await work(workspace, [request]);
      } else for (const { reject } of batch) reject(error);
    }
    return [];
  }
  const add = gathering<Waiting>({
    most: TRANSACTION_EVENTS,
    sizeOf: ({ events }) => events.length,
    work,
  });
  return (workspace, request) =>
    new Promise((resolve, reject) => {
      add(workspace, { ...request, resolve, reject });
    });
}
