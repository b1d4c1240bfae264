/** `POST /v1/sync/append`: exposures, conversions and identifies, each answered for itself. */
import type { EventsResponse, WireEvent } from '../../protocol/index.js';
import { eventsRequestSchema } from '../../protocol/schemas.js';
import type { Context } from '../context.js';
import { invalid, unfitRequest } from '../problem-error.js';
import { type Fault, validator } from '../validate.js';
import { isAssigned } from './assignment.js';
import { type Clocks, serverTime } from './clocks.js';
import { scrub } from './scrub.js';
import { settingsOf } from './settings.js';

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
  { config, identity, intake, now }: Context,
  { workspace, bot }: EventsSender,
  body: unknown,
): Promise<EventsResponse> {
  const requestFaults = validateRequest(body);
  if (requestFaults.length) throw unfitRequest(requestFaults);
  const { sentAt, events } = body as { sentAt: number; events: WireEvent[] };
  const clocks = { sentAt, receivedAt: now() };
  const { assignmentTokens } = settingsOf(config.workspaces, workspace);

  const faultsOf = (event: WireEvent): Fault[] => {
    const faults = validateEvent(event);
    if (faults.length) return faults;
    const fault = faultOf(event, clocks);
    if (fault) return [fault];
    const mustBeAssigned = assignmentTokens && event.type === 'exposure';
    return mustBeAssigned && !isAssigned(identity.secret, workspace, event) ? [FORGED] : [];
  };
  const checked = events.map((event) => {
    const faults = faultsOf(event);
    return { id: event.id, faults, event: faults.length ? null : scrub(event) };
  });
  const fitting = checked.flatMap(({ event }) => event ?? []);
  const sent = { events: fitting, sender: { ...clocks, bot } };
  const { outcomes, standing } = await intake(workspace, sent);
  return {
    ...standing,
    results: checked.map(({ id, faults, event }) => {
      const outcome = event && outcomes.get(event);
      if (outcome === 'applied' || outcome === 'duplicate') return { id, outcome };
      const found = invalid(outcome === 'sealed' ? [SEALED] : faults);
      return { id, outcome: 'rejected', problem: found.problem };
    }),
  };
}

const FORGED: Fault = {
  pointer: '/assignment',
  code: 'forged',
  detail: 'must be what POST /v1/assignments gave for this unit and variant',
};

const SEALED: Fault = {
  pointer: '/phase',
  code: 'sealed',
  detail: 'is over, and its events have been deleted',
};

/** What a schema can't say. */
function faultOf(event: WireEvent, clocks: Clocks): Fault | null {
  if (serverTime(event.at, clocks) < clocks.receivedAt - OLDEST) {
    return { pointer: '/at', code: 'too-old', detail: 'is more than 400 days ago' };
  }
  if (event.type === 'identify' && event.anonymous === event.unit) {
    return { pointer: '/anonymous', code: 'same-unit', detail: 'must be another than the unit' };
  }
  return null;
}
