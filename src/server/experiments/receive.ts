/** `POST /v1/events`: exposures, conversions and identifies, each answered for itself. */
import type { EventsResponse, WireEvent } from '../../protocol/index.js';
import { eventsRequestSchema } from '../../protocol/schemas.js';
import type { Database } from '../database/database.js';
import { invalid, unfitRequest } from '../problem-error.js';
import { type Fault, validator } from '../validate.js';
import { serverTime } from './clocks.js';
import { ingest } from './ingest.js';
import { scrub } from './scrub.js';
import type { ExperimentSettings } from './settings.js';

const { properties } = eventsRequestSchema;
const validateRequest = validator({
  ...eventsRequestSchema,
  properties: {
    ...properties,
    // Only what it takes to answer each event by itself.
    events: {
      ...properties.events,
      items: {
        type: 'object',
        required: ['id'],
        properties: { id: properties.events.items.oneOf[0].properties.id },
      },
    },
  },
});
const validateEvent = validator(properties.events.items);

/** Of a clock that is off by more than this nothing can be said; ms. */
const OLDEST = 400 * 24 * 3_600_000;

export interface EventsSender {
  workspace: string;
  /** Whether its events are stored but not counted. */
  bot: boolean;
}

/** The handler; throws a `ProblemError` when the request as a whole does not fit. */
export async function receiveEvents(
  database: Database,
  settings: ExperimentSettings,
  { workspace, bot }: EventsSender,
  body: unknown,
  now: number,
): Promise<EventsResponse> {
  const requestFaults = validateRequest(body);
  if (requestFaults.length) throw unfitRequest(requestFaults);
  const { sentAt, events } = body as { sentAt: number; events: WireEvent[] };
  const clocks = { sentAt, receivedAt: now };

  const checked = events.map((event) => {
    const faults = validateEvent(event);
    return {
      event,
      faults: faults.length ? faults : faultsOf(event, serverTime(event.at, clocks), now),
    };
  });
  const fitting = checked.filter(({ faults }) => !faults.length).map(({ event }) => scrub(event));
  const { dimensions } = settings;
  const fresh = await ingest(database, workspace, fitting, { ...clocks, bot, dimensions });
  return {
    results: checked.map(({ event: { id }, faults }) => {
      if (faults.length) return { id, outcome: 'rejected', problem: invalid(faults).problem };
      return { id, outcome: fresh.has(fitting.shift()!) ? 'applied' : 'duplicate' };
    }),
  };
}

/** What a schema can't say. */
function faultsOf(event: WireEvent, at: number, now: number): Fault[] {
  if (at < now - OLDEST) {
    return [{ pointer: '/at', code: 'too-old', detail: 'is more than 400 days ago' }];
  }
  if (event.type === 'identify' && event.anonymous === event.unit) {
    return [{ pointer: '/anonymous', code: 'same-unit', detail: 'must be another than the unit' }];
  }
  return [];
}
