/**
 * What every category of hostile input has in common. A category is a test; its cases are attacks,
 * each with the answer it must get. After them: nothing of theirs was stored, the process lives and
 * answers, its event loop was never held up, and its log has a line for each refusal with nothing in
 * it of what was sent.
 *
 * Inputs that are generated follow from a seed: HOSTILE_SEED; how many: HOSTILE_VARIANTS.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { PushResult, WireMutation } from '../../../src/protocol/index.js';
import { signToken } from '../../../src/server/access/bearer.js';
import type { UserRole } from '../../../src/server/access/identity.js';
import { SECRET } from '../client.js';
import { newWorkspace } from '../engines.js';
import { countCase, countLag, seed, thorough, variants } from './counts.js';
import type { Start } from './process.js';
import { Subject } from './subject.js';
import { type Answer, type Step, talk, type TalkOptions } from './wire.js';

/** In everything hostile that is sent, and never in the log. */
export const CANARY = `canary${randomBytes(6).toString('hex')}`;

/** Whole seconds are a freeze; less may be the machine. */
const MAX_LAG = 2_000;

export interface Ask {
  method?: string;
  path?: string;
  /** Beside Host, Connection, Authorization, and what a body needs; null takes one of these out. */
  headers?: Readonly<Record<string, string | null>>;
  /** A string or bytes are sent as they are, all else as JSON. */
  body?: unknown;
  /** Who asks: a role in this attack's workspace, or nobody. Default: editor. */
  as?: UserRole | null;
}

export type Expected = number | readonly number[];

/** A category's means. Every attack is one case; the name says what is hostile about it. */
export class Attack {
  readonly client = `c-${randomBytes(6).toString('hex')}`;
  #mutations = 0;
  /** Ids of problems, which the log must know. */
  readonly instances: string[] = [];

  constructor(
    readonly category: number,
    readonly subject: Subject,
    readonly workspace = newWorkspace(),
  ) {}

  /** A bearer token of a role in this workspace. */
  token(role: UserRole): Promise<string> {
    const grant = { subject: `${role}-of-${this.workspace}`, workspace: this.workspace, role };
    return signToken(SECRET, grant, 3_600, { auth: this.subject.auth });
  }

  /** The session cookie of somebody who signed in. */
  async session(role: UserRole, subject = `${role}-of-${this.workspace}`): Promise<string> {
    const grant = { subject, workspace: this.workspace, role, seconds: 3_600 };
    return this.subject.ask('issue', { kind: 'session', grant });
  }

  /** Bytes on a connection of their own; the first answer must have this status. */
  async raw(name: string, steps: readonly Step[], expected: Expected, options?: TalkOptions) {
    const [answer] = await this.talk(name, steps, options);
    if (!answer) throw new Error(`${name}: no answer`);
    this.check(name, answer, expected);
    return answer;
  }

  /** The same, for what has several answers or none. */
  async talk(name: string, steps: readonly Step[], options?: TalkOptions): Promise<Answer[]> {
    countCase(this.category);
    return talk(this.subject.port, steps, options).catch((error: unknown) => {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    });
  }

  async request(name: string, ask: Ask, expected: Expected): Promise<Answer> {
    const [head, body] = await this.bytes(ask);
    const bodiless = ask.method === 'HEAD';
    return this.raw(name, [head, ...(body.length ? [body] : [])], expected, { bodiless });
  }

  /** A request's head and body as they go over the wire. */
  async bytes({ method, path, headers, body, as = 'editor' }: Ask): Promise<[string, Buffer]> {
    const content =
      body === undefined
        ? Buffer.alloc(0)
        : Buffer.isBuffer(body)
          ? body
          : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const all = {
      Host: `127.0.0.1:${this.subject.port}`,
      Connection: 'close',
      ...(as && { Authorization: `Bearer ${await this.token(as)}` }),
      ...(body !== undefined && {
        'Content-Type': 'application/json',
        'Content-Length': String(content.length),
      }),
      ...headers,
    };
    const lines = Object.entries(all)
      .filter((header): header is [string, string] => typeof header[1] === 'string')
      .map(([name, value]) => `${name}: ${value}\r\n`);
    const target = path ?? '/v1/sync/push';
    const verb = method ?? (body === undefined ? 'GET' : 'POST');
    return [`${verb} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, content];
  }

  /** A mutation of `tasks` that would be applied, but for `change`. */
  mutation(change: Readonly<Record<string, unknown>> = {}): WireMutation {
    this.#mutations += 1;
    const id = `m-${this.client}-${this.#mutations}`;
    const given = {
      id,
      seq: this.#mutations,
      collection: 'tasks',
      key: `k${this.#mutations}`,
      op: 'create',
      base: 0,
      value: { title: CANARY },
      at: '2026-11-22T16:00:00.000Z-0000',
      ...change,
    };
    return given as unknown as WireMutation;
  }

  /** Pushes one mutation. Expected: its outcome, or the status of the problem it is rejected with. */
  async push(
    name: string,
    change: Readonly<Record<string, unknown>>,
    expected: PushResult['outcome'] | number,
    as: UserRole = 'editor',
  ): Promise<PushResult> {
    const mutation = this.mutation(change);
    const body = { client: this.client, mutations: [mutation] };
    const answer = await this.request(name, { body, as }, 200);
    const { results } = JSON.parse(answer.body) as { results: PushResult[] };
    const [result] = results;
    const told = result?.outcome === 'rejected' ? result.problem.status : result?.outcome;
    if (told !== expected && result?.outcome !== expected) {
      throw new Error(`${name}: ${JSON.stringify(result).slice(0, 300)} instead of ${expected}`);
    }
    return result!;
  }

  /** Pushes several at once. Each answer's outcome, or the code of the problem it is rejected with. */
  async outcomes(
    name: string,
    mutations: readonly WireMutation[],
    as: UserRole = 'editor',
  ): Promise<string[]> {
    countCase(this.category, mutations.length - 1);
    const body = { client: this.client, mutations };
    const answer = await this.request(name, { body, as }, 200);
    const { results } = JSON.parse(answer.body) as { results: PushResult[] };
    return results.map((result) =>
      result.outcome === 'rejected' ? result.problem.code : result.outcome,
    );
  }

  /** The rows of a collection, by key, as a client that pulls them sees them. */
  async rows(collection = 'tasks', as: UserRole = 'viewer'): Promise<Record<string, unknown>> {
    const [head] = await this.bytes({ path: `/v1/sync/pull?collections=${collection}`, as });
    const [answer] = await talk(this.subject.port, [head]);
    const rows: Record<string, unknown> = {};
    for (const line of answer!.body.trimEnd().split('\n')) {
      const page = JSON.parse(line) as { keys?: string[]; values?: unknown[] };
      page.keys?.forEach((key, i) => (rows[key] = page.values![i]));
    }
    return rows;
  }

  /** Generated inputs; the same for the same seed. */
  generated<T>(inputs: fc.Arbitrary<T>, times = 1): T[] {
    return fc.sample(inputs, { seed: seed + this.category, numRuns: variants * times });
  }

  check(name: string, answer: Answer, expected: Expected): void {
    const all = [expected].flat();
    const { status, headers, body } = answer;
    if (!all.includes(status)) {
      throw new Error(`${name}: ${status} instead of ${all.join(' or ')}; ${body.slice(0, 300)}`);
    }
    if (status !== 204) expect(headers['x-content-type-options'], name).to.deep.equal(['nosniff']);
    if (status < 400 || body === '') return;
    expect(headers['content-type']?.[0], name).to.match(/^application\/problem\+json\b/);
    const problem = JSON.parse(body) as Record<string, unknown>;
    expect(problem, name).to.include.keys('type', 'title', 'code', 'instance', 'retryable');
    expect(problem.status, name).to.equal(status);
    expect(body, name).not.to.match(/node_modules|\.[jt]s:\d|\\n +at /);
    this.instances.push(String(problem.instance));
  }
}

export interface Category {
  /** What is accepted is stored, and the test looks at it itself. */
  stores?: boolean;
}

export type DefineCategory = (
  number: number,
  what: string,
  test: (attack: Attack) => Promise<void>,
  options?: Category,
) => void;

export interface Suite {
  /** Runs on PostgreSQL too, where there is one: what is tested reaches the database. */
  onBoth?: boolean;
  /** How the server is started, beside the tests' secret. */
  options?: () => Start['options'] | Promise<Start['options']>;
  config?: () => Start['config'] | Promise<Start['config']>;
}

/** Those with the same options share one. */
const subjects = new Map<string, Promise<Subject>>();
after(async () => {
  for (const subject of subjects.values()) (await subject).stop();
});

function subjectOf(start: Start): Promise<Subject> {
  const key = JSON.stringify(start);
  const subject = subjects.get(key) ?? Subject.start(start);
  subjects.set(key, subject);
  return subject;
}

/** Declares a letter's categories. */
export function hostile(
  title: string,
  define: (category: DefineCategory) => void,
  { onBoth = false, options = () => ({}), config = () => undefined }: Suite = {},
): void {
  const postgres = onBoth ? process.env.TEST_DATABASE_URL : undefined;
  for (const url of postgres ? [undefined, postgres] : [undefined]) {
    describe(`hostile input: ${title} (${url ? 'PostgreSQL' : 'PGlite'})`, () => {
      let subject: Subject;
      before(async function () {
        this.timeout(120_000);
        subject = await subjectOf({
          url,
          options: { secret: SECRET, ...(await options()) },
          config: await config(),
        });
      });

      define((number, what, test, { stores = false } = {}) => {
        it(`${number} ${what}`, async function () {
          this.timeout(thorough ? 1_200_000 : 60_000);
          const attack = new Attack(number, subject);
          // The workspace and its client exist already: what counts is what hostile input adds.
          await attack.push('an honest push', { key: 'honest' }, 'applied');
          const logged = subject.log.length;
          const before = await settledState(subject);
          await subject.ask('lag');

          await test(attack);

          const lag = await subject.ask('lag');
          countLag(number, lag);
          expect(subject.alive, 'the process lives').to.equal(true);
          expect(lag, 'ms that the event loop was held up').to.be.below(MAX_LAG);
          if (!stores) expect(await subject.ask('state')).to.deep.equal(before);
          await attack.request('a request afterwards', { path: '/livez', as: null }, 200);
          await checkLog(() => subject.log.slice(logged), attack);
        });
      });
    });
  }
}

/** The state when nothing is left to be done for what was stored before; it is read table by table. */
async function settledState(subject: Subject): Promise<Record<string, string>> {
  let last = '';
  for (let patience = 100; patience > 0; patience--) {
    const state = await subject.ask('state');
    const isSame = JSON.stringify(state) === last;
    if (isSame && state.stale_results === state.stale_rollups) return state;
    last = JSON.stringify(state);
    if (!isSame) continue;
    await delay(50);
  }
  throw new Error('results are not made');
}

/** Lines arrive a little after the answers they are about. */
async function checkLog(lines: () => readonly string[], { instances }: Attack): Promise<void> {
  const missing = () => {
    const known = new Set(
      lines()
        .join('\n')
        .match(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g),
    );
    return instances.filter((instance) => !known.has(instance));
  };
  for (let patience = 50; missing().length && patience > 0; patience--) await delay(20);
  expect(missing(), 'problems that the log does not know').to.deep.equal([]);
  const telling = lines().filter((line) => line.includes(CANARY));
  expect(telling, 'log lines that tell what was sent').to.deep.equal([]);
  for (const line of lines()) expect(() => JSON.parse(line) as unknown, line).not.to.throw();
}
