/**
 * Fills a workspace for the demo, through the same code as real events and rows. Events first and
 * experiments last: a seed that was cut off starts over, and finds what it has stored already.
 */
import { createHash } from 'node:crypto';
import type { JsonObject, WireMutation } from '../../protocol/index.js';
import type { Identity } from '../access/identity.js';
import type { Context } from '../context.js';
import { ingest } from '../experiments/ingest.js';
import { type DemoExperiment, demoExperiments } from './experiments.js';
import { demoMetrics } from './metrics.js';
import { startOf, trafficOf } from './traffic.js';

export const DEMO_WORKSPACE = 'demo';

/** More than a request may hold: there is no request. */
const BATCH = 10_000;
const DAY = 24 * 3_600_000;

/** Whether a workspace has no experiment, not even a deleted one. */
export async function isEmpty({ database }: Context, workspace: string): Promise<boolean> {
  const found = await database
    .forWorkspace(workspace)
    .query(`select 1 from rows where workspace = $1 and collection = 'experiments' limit 1`, [
      workspace,
    ]);
  return found.length === 0;
}

/** Seeds an empty workspace; tells its progress a line at a time. */
export async function seedWorkspace(
  context: Context,
  workspace: string,
  tell: (line: string) => void,
): Promise<void> {
  const now = context.now();
  const started = performance.now();
  const events = demoExperiments
    .flatMap((experiment) => trafficOf(experiment, now))
    .sort((a, b) => a.at - b.at);
  const total = events.length.toLocaleString('en');
  const exposures = events.filter(({ type }) => type === 'exposure').length.toLocaleString('en');
  tell(`Seeding “${workspace}”: ${total} events, ${exposures} of them exposures`);

  let toldTenths = 0;
  for (let i = 0; i < events.length; i += BATCH) {
    const sender = { sentAt: now, receivedAt: now, bot: false };
    const sent = { events: events.slice(i, i + BATCH), sender };
    await ingest(context.database, workspace, [sent], []);
    const tenths = Math.floor((10 * (i + BATCH)) / events.length);
    if (tenths > toldTenths) tell(`  ${Math.min(100, tenths * 10)} %`);
    toldTenths = tenths;
  }
  await pushRows(context, workspace, now);
  await context.publisher.publish();
  tell(`Seeded in ${Math.round((performance.now() - started) / 1000)} s`);
}

async function pushRows(context: Context, workspace: string, now: number): Promise<void> {
  const who: Identity = { subject: 'seed', workspace, role: 'editor', via: 'token' };
  const rows = [
    ...demoMetrics.map((metric) => ({ collection: 'metrics', value: metric })),
    ...demoExperiments.map((demo) => ({ collection: 'experiments', value: rowOf(demo, now) })),
  ];
  const mutations = rows.map(({ collection, value }, i): WireMutation => {
    const id = `seed-${collection}-${value.key}`;
    const content = value as unknown as JsonObject;
    const at = new Date(now).toISOString();
    return { id, seq: i, collection, key: value.key, op: 'create', base: 0, value: content, at };
  });
  const { results } = await context.push(who, { client: clientOf(workspace), mutations });
  const refused = results.find(({ outcome }) => outcome !== 'applied');
  if (refused) throw new Error(`The seed does not fit: ${JSON.stringify(refused)}`);
}

/** The same for every seed of a workspace, and for no other workspace. */
function clientOf(workspace: string): string {
  return `seed-${createHash('sha256').update(workspace).digest('base64url')}`;
}

function rowOf(demo: DemoExperiment, now: number) {
  const { key, row, created, started, stopped, outcome } = demo;
  const iso = (time: number) => new Date(time).toISOString();
  const stoppedAt = stopped === undefined ? null : iso(now - stopped * DAY);
  return {
    key,
    ...row,
    createdAt: iso(now - created * DAY),
    startedAt: started === undefined ? null : iso(startOf(demo, now)),
    stoppedAt,
    outcome: outcome && stoppedAt ? { ...outcome, at: stoppedAt } : null,
  };
}
