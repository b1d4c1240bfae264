/** What is measured, with the goal of each; `run.ts` runs them in this order. */
import { measure, type Measured, MARK, request, Template, Connection } from './generator.js';
import { type DatabaseName, type Target, tokenFor } from './target.js';

export interface Result {
  /** What the table says. */
  text: string;
  reached: boolean;
}

export interface Work {
  title: string;
  goal: Partial<Record<DatabaseName, string>>;
  run(target: Target, quick: boolean): Promise<Result>;
}

const CONNECTIONS = 50;
/** As many workspaces as connections: pushes of one queue at its counter. */
const WORKSPACES = 50;

const n = (value: number) => Math.round(value).toLocaleString('en');
const ms = (value: number) => `${Number(value.toPrecision(2))} ms`;
const rate = ({ perSecond, p50, p95, p99, failed }: Measured, unit: string, each = 1) =>
  `${n(perSecond * each)} ${unit}/s, p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}` +
  (failed ? `, ${n(failed)} FAILED` : '');

/** The body of a push of so many creates of 100 bytes. */
function pushBody(client: string, mutations: number): string {
  const list = Array.from({ length: mutations }, (_, i) => ({
    id: `m-${MARK}-${i}`,
    seq: 1,
    collection: 'tasks',
    key: `t-${MARK}-${i}`,
    op: 'create',
    base: 0,
    value: { title: 'x'.repeat(80), done: false },
    at: '2026-11-22T16:00:00.000Z-0000',
  }));
  return JSON.stringify({ client, mutations: list });
}

export async function pushTemplates(
  workspaces: readonly string[],
  connections: number,
  mutations: number,
): Promise<Template[]> {
  return Promise.all(
    Array.from({ length: connections }, async (_, i) => {
      const workspace = workspaces[i % workspaces.length]!;
      const client = `c-${workspace}-${i}`;
      const token = await tokenFor(workspace, 'editor', client);
      return new Template(request('POST', '/v1/sync/push', token, pushBody(client, mutations)));
    }),
  );
}

const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
const seconds = (quick: boolean, long: number) => (quick ? 2 : long) * 1_000;

async function pushes(
  target: Target,
  quick: boolean,
  options: { workspaces: readonly string[]; connections?: number; mutations: number },
): Promise<Measured> {
  const { workspaces, connections = CONNECTIONS, mutations } = options;
  const templates = await pushTemplates(workspaces, connections, mutations);
  const duration = seconds(quick, 10);
  return measure(target.port, { connections, duration, next: (i) => templates[i]!.next() });
}

const manyPushes: Work = {
  title: `pushes of 10 mutations, ${WORKSPACES} workspaces, ${CONNECTIONS} connections`,
  goal: { PostgreSQL: '≥ 1,500 requests/s at p99 < 100 ms' },
  async run(target, quick) {
    const found = await pushes(target, quick, {
      workspaces: named('many', WORKSPACES),
      mutations: 10,
    });
    return { text: rate(found, 'requests'), reached: found.perSecond >= 1_500 && found.p99 < 100 };
  },
};

const smallPushes: Work = {
  title: `pushes of 1 mutation, ${WORKSPACES} workspaces, ${CONNECTIONS} connections`,
  goal: { PGlite: '≥ 1,000 pushes/s' },
  async run(target, quick) {
    const found = await pushes(target, quick, {
      workspaces: named('small', WORKSPACES),
      mutations: 1,
    });
    return { text: rate(found, 'pushes'), reached: found.perSecond >= 1_000 };
  },
};

const hotPushes: Work = {
  title: `pushes of 1 mutation into one workspace, ${CONNECTIONS} connections`,
  goal: { PostgreSQL: '≥ 1,000 mutations/s' },
  async run(target, quick) {
    const found = await pushes(target, quick, { workspaces: ['hot'], mutations: 1 });
    return { text: rate(found, 'mutations'), reached: found.perSecond >= 1_000 };
  },
};

const pulls: Work = {
  title: `pulls of the last 10 rows of 1,000, ${CONNECTIONS} connections`,
  goal: { PostgreSQL: '≥ 3,000/s' },
  async run(target, quick) {
    const [workspace, path] = ['pulled', '/v1/sync/pull?collections=tasks'];
    const token = await tokenFor(workspace);
    const connection = await Connection.open(target.port);
    const push = async (mutations: number) => {
      const [template] = await pushTemplates([workspace], 1, mutations);
      await connection.ask(template!.next());
    };
    for (const mutations of [495, 495]) await push(mutations);
    const { body } = await connection.ask(request('GET', path, token));
    const cursors = body.toString().matchAll(/"cursor":"([^"]+)"/g);
    const cursor = [...cursors].at(-1)![1]!;
    await push(10);
    connection.close();
    const pull = request('GET', `${path}&cursor=${encodeURIComponent(cursor)}`, token);
    const duration = seconds(quick, 10);
    const found = await measure(target.port, {
      connections: CONNECTIONS,
      duration,
      next: () => pull,
    });
    return { text: rate(found, 'pulls'), reached: found.perSecond >= 3_000 };
  },
};

const events: Work = {
  title: 'events in batches of 100, 20 connections, 10 workspaces',
  goal: { PostgreSQL: '≥ 20,000 events/s' },
  async run(target, quick) {
    const connections = 20;
    const at = Date.now();
    const templates = await Promise.all(
      Array.from({ length: connections }, async (_, i) => {
        const list = Array.from({ length: 100 }, (__, j) => ({
          type: 'conversion',
          id: `e-${MARK}-${j}`,
          name: 'bought',
          unit: `u-${MARK}-${j % 50}`,
          value: 1,
          at,
        }));
        const token = await tokenFor(`events-${i % 10}`);
        const body = JSON.stringify({ sentAt: at, events: list });
        return new Template(request('POST', '/v1/events', token, body));
      }),
    );
    const found = await measure(target.port, {
      connections,
      duration: seconds(quick, 10),
      next: (i) => templates[i]!.next(),
    });
    return { text: rate(found, 'events', 100), reached: found.perSecond * 100 >= 20_000 };
  },
};

const bulk: Work = {
  title: '10,000 rows pushed in 20 requests, then pulled in one',
  goal: { PGlite: '≤ 450 ms and ≤ 80 ms' },
  async run(target, quick) {
    const [pushed, pulled]: [number[], number[]] = [[], []];
    for (let round = 0; round < (quick ? 2 : 7); round++) {
      const workspace = `bulk-${round}`;
      const requests = 20;
      const templates = await pushTemplates([workspace], requests, 500);
      const connections = await Promise.all(templates.map(() => Connection.open(target.port)));
      let started = performance.now();
      const answers = await Promise.all(
        connections.map((connection, i) => connection.ask(templates[i]!.next())),
      );
      pushed.push(performance.now() - started);
      const token = await tokenFor(workspace);
      const pull = request('GET', '/v1/sync/pull?collections=tasks', token);
      started = performance.now();
      const { body } = await connections[0]!.ask(pull);
      pulled.push(performance.now() - started);
      const rows = body.toString().split('"title"').length - 1;
      if (rows !== 10_000 || answers.some(({ status }) => status !== 200)) {
        throw new Error(`${rows} rows came back of 10,000.`);
      }
      for (const connection of connections) connection.close();
    }
    const [push, pull] = [median(pushed), median(pulled)];
    const text = `pushed in ${ms(push)}, pulled in ${ms(pull)} (medians of ${pushed.length})`;
    return { text, reached: push <= 450 && pull <= 80 };
  },
};

const overload: Work = {
  title: 'pushes of 10 mutations at 10 times what the server can do',
  goal: { PostgreSQL: 'goodput ≥ 80 % of the peak, all else 429 or 503' },
  async run(target, quick) {
    const workspaces = named('overload', WORKSPACES);
    const peak = await pushes(target, quick, { workspaces, mutations: 10 });
    const connections = 1_000;
    const templates = await pushTemplates(workspaces, connections, 10);
    // Nobody waits for as long as Retry-After says; together they ask for ten times the peak.
    const patience = Math.min(10_000, (connections / (peak.perSecond * 10)) * 1_000);
    const found = await measure(target.port, {
      connections,
      duration: seconds(quick, 10),
      next: (i) => templates[i]!.next(),
      patience,
    });
    const share = found.perSecond / peak.perSecond;
    const offered = (found.perSecond + found.refused) / peak.perSecond;
    const text =
      `${n(found.perSecond)} of ${n(peak.perSecond)} requests/s (${n(share * 100)} %) at ` +
      `${offered.toFixed(1)} times the peak, ${n(found.refused)}/s refused, p99 ${ms(found.p99)}, ` +
      `${n(found.failed)} failed`;
    return { text, reached: share >= 0.8 && found.failed === 0 && offered >= 9 };
  },
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export const requests: readonly Work[] = [
  manyPushes,
  smallPushes,
  hotPushes,
  pulls,
  events,
  bulk,
  overload,
];
