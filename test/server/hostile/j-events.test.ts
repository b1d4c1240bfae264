/** J: events that nobody could have sent in earnest. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { EventsResponse } from '../../../src/protocol/index.js';
import { srm } from '../../../src/stats/index.js';
import { thorough } from './counts.js';
import { experiment } from './rows.js';
import { Attack, CANARY, hostile } from './suite.js';

const DAY = 86_400_000;
const ASSIGNED = 'assigned';

/** An exposure that would be stored, but for `change`. */
const exposure = (change: object = {}) => ({
  type: 'exposure',
  id: 'x1',
  experiment: 'hero',
  phase: 1,
  variant: 'bold',
  unit: CANARY,
  at: Date.now(),
  ...change,
});
const conversion = (change: object = {}) => ({
  type: 'conversion',
  id: 'c1',
  name: 'bought',
  unit: CANARY,
  at: Date.now(),
  ...change,
});

interface Sending {
  sentAt?: unknown;
  /** A page’s write key and what it says it is; default: an editor’s backend. */
  key?: string;
  agent?: string;
}

/** What became of each event: its outcome, or where it does not fit. */
async function send(
  attack: Attack,
  name: string,
  events: readonly object[],
  { sentAt = Date.now(), key, agent = 'Mozilla/5.0 Firefox/145.0' }: Sending = {},
): Promise<string[]> {
  const page = key && {
    as: null,
    headers: { Authorization: `Bearer ${key}`, 'User-Agent': agent },
  };
  const ask = { path: '/v1/events', body: { sentAt, events }, ...page };
  const { body } = await attack.request(name, ask, 200);
  return (JSON.parse(body) as EventsResponse).results.map((result) =>
    result.outcome === 'rejected' ? result.problem.errors![0]!.pointer : result.outcome,
  );
}

const keyOf = (attack: Attack) =>
  attack.subject.ask('issue', {
    kind: 'write-key',
    grant: { subject: 'page', workspace: attack.workspace, role: 'writer' },
  });

const define = (attack: Attack, key = 'hero') =>
  attack.push(
    key,
    { collection: 'experiments', key, value: experiment(key, { status: 'running' }) },
    'applied',
  );

hostile(
  'J events',
  (category) => {
    category(
      153,
      'variants that the server did not assign',
      async ({ subject }) => {
        const attack = new Attack(153, subject, ASSIGNED);
        await define(attack);
        const [unit, other] = ['visitor-1', 'visitor-2'];
        const ask = { path: '/v1/assignments', body: { attributes: { id: unit } } };
        const { body } = await attack.request('an assignment', ask, 200);
        const [given] = (JSON.parse(body) as { assignments: Record<string, string>[] }).assignments;
        const { variant, assignment } = given!;
        const own = { unit, variant, assignment };
        const [one, two] = [assignment!.slice(0, -1), assignment!.toUpperCase()];
        const generated = attack.generated(fc.stringMatching(/^[\w-]{43}$/));
        const forged = [
          { unit, variant },
          { ...own, variant: variant === 'bold' ? 'control' : 'bold' },
          { ...own, unit: other },
          { ...own, unit: `${unit} ` },
          { ...own, phase: 2 },
          { ...own, experiment: 'other' },
          ...[one, two, `${assignment}=`, ` ${assignment}`, 'null', ...generated].map((text) => ({
            ...own,
            assignment: text,
          })),
        ];
        const events = forged.map((change, i) => exposure({ ...change, id: `f${i}` }));
        expect(new Set(await send(attack, 'forged', events))).to.deep.equal(
          new Set(['/assignment']),
        );
        for (const assigned of [null, 5, {}, '', 'x'.repeat(129)]) {
          const [at] = await send(attack, 'none', [exposure({ ...own, assignment: assigned })]);
          expect(at).to.equal('/assignment');
        }
        // One of another workspace, for the same names.
        const elsewhere = new Attack(153, subject);
        await define(elsewhere);
        const answer = await elsewhere.request('of another workspace', ask, 200);
        const [foreign] = (JSON.parse(answer.body) as { assignments: { assignment: string }[] })
          .assignments;
        const stolen = exposure({ ...own, assignment: foreign!.assignment });
        expect(await send(attack, 'stolen', [stolen])).to.deep.equal(['/assignment']);
        expect(await send(attack, 'own', [exposure(own)])).to.deep.equal(['applied']);
      },
      { stores: true },
    );

    category(
      154,
      'one event a million times',
      async (attack) => {
        await define(attack);
        const times = thorough ? 1_000_000 : 5_000;
        const events = Array.from({ length: 500 }, (_, i) =>
          i % 2 ? exposure() : conversion({ value: i }),
        );
        const outcomes: Record<string, number> = {};
        for (let sent = 0; sent < times; sent += events.length) {
          for (const outcome of await send(attack, 'again', events)) {
            outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
          }
        }
        expect(outcomes).to.deep.equal({ applied: 2, duplicate: times - 2 });
        // Of another type the same id is another event.
        expect(await send(attack, 'another type', [exposure({ id: 'c1' })])).to.deep.equal([
          'applied',
        ]);
        const { body } = await attack.request(
          'results',
          { path: '/v1/experiments/hero/results' },
          200,
        );
        const { units } = JSON.parse(body) as { units: number[][] };
        expect(units.flat().reduce((sum, n) => sum + n)).to.equal(1);
      },
      { stores: true },
    );

    category(
      155,
      'times that are over, to come, or none',
      async (attack) => {
        await define(attack);
        const now = Date.now();
        const at = async (time: unknown, sentAt: unknown = now) => {
          const id = `t-${String(time)}-${String(sentAt)}`.replace(/[^\w-]/g, '_').slice(0, 60);
          const [outcome] = await send(attack, id, [exposure({ id, unit: id, at: time })], {
            sentAt,
          });
          return outcome;
        };
        // Nothing happens after it arrived, whatever the sender’s clock says.
        for (const time of [now + DAY, now + 3_650 * DAY, 8.64e15]) {
          expect(await at(time)).to.equal('applied');
        }
        // A clock that is off by decades, but by as much when it sent.
        expect(await at(0, 1_000)).to.equal('applied');
        expect(await at(8.64e15, 8.64e15)).to.equal('applied');
        for (const time of [0, 1, now - 401 * DAY]) expect(await at(time)).to.equal('/at');
        const none = [-1, 0.5, 8.64e15 + 1, 2 ** 53, null, '', '2026-11-22', [], {}, true];
        for (const time of none) expect(await at(time), JSON.stringify(time)).to.equal('/at');
        for (const sentAt of none) {
          const ask = { path: '/v1/events', body: { sentAt, events: [exposure()] } };
          await attack.request(`sent at ${JSON.stringify(sentAt)}`, ask, 422);
        }
        for (const text of ['1e400', '-1e400', 'NaN', 'Infinity']) {
          const body = `{"sentAt":${text},"events":[]}`;
          await attack.request(text, { path: '/v1/events', body }, 400);
        }
        const stored = await attack.subject.ask('query', {
          sql: 'select at, received_at from exposures',
          workspace: attack.workspace,
        });
        expect(stored).to.have.length(5);
        for (const row of stored) {
          expect(row.at).to.be.at.most(row.received_at as number);
          expect(row.at).to.be.at.least(now - DAY);
        }
      },
      { stores: true },
    );

    category(156, 'ten thousand properties, nested ones, and names without end', async (attack) => {
      const many = (count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, 1]));
      for (const dimensions of [
        many(21),
        many(9_999),
        { page: { path: '/' } },
        { page: ['/'] },
        { page: null },
        { page: 'x'.repeat(201) },
        { ['x'.repeat(129)]: 1 },
        { ['x'.repeat(50_000)]: 1 },
        { 'a b': 1 },
        { '': 1 },
        { $where: 1 },
        { 'a.b\u0000': 1 },
        [],
        'page',
      ]) {
        const name = JSON.stringify(dimensions).slice(0, 40);
        const ask = { path: '/v1/events', body: { sentAt: 1, events: [exposure({ dimensions })] } };
        const { status, body } = await attack.request(name, ask, [200, 400, 422]);
        if (status === 200) expect(body, name).to.match(/"outcome":"rejected".*"status":422/);
      }
      const generated = attack.generated(fc.stringMatching(/^[a-z]{2,9}$/));
      for (const change of [
        { extra: 1 },
        ...generated.map((name) => ({ [`x${name}`]: 1 })),
        { type: 'exposures' },
        { type: '__proto__' },
        { type: null },
        { unit: '' },
        { unit: 'x'.repeat(129) },
        { unit: 'a\nb' },
        { unit: 5 },
        { experiment: 'x'.repeat(129) },
        { variant: '' },
        { phase: 0 },
        { phase: 1.5 },
        { phase: 1_000_001 },
        { bucket: 1.1 },
        { hashVersion: 0 },
        { value: 1 },
      ]) {
        const [outcome] = await send(attack, JSON.stringify(change), [exposure(change)]);
        expect(outcome, JSON.stringify(change)).to.match(/^(?:$|\/)/);
      }
      for (const value of [1e13, -1e13, '1', null, [1], {}, true]) {
        const [outcome] = await send(attack, 'a value', [conversion({ value })]);
        expect(outcome, JSON.stringify(value)).to.equal('/value');
      }
    });

    category(
      157,
      'what visitors typed',
      async (attack) => {
        const secrets = [
          'ann@example.com',
          'ann%40example.com',
          '+31 20 123 45 67',
          '4111 1111 1111 1111',
          'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
          'bl_write_0123456789abcdef',
          'sk_live_0123456789abcdef',
        ];
        const events = secrets.flatMap((secret, i) =>
          [
            secret,
            `/search?q=${secret}#x`,
            `https://shop.example/u/${secret}/x`,
            `by ${secret}!`,
          ].map((page, j) => exposure({ id: `p${i}-${j}`, dimensions: { page } })),
        );
        expect(new Set(await send(attack, 'typed', events))).to.deep.equal(new Set(['applied']));
        const stored = await attack.subject.ask('query', {
          sql: 'select details::text as text from exposures',
          workspace: attack.workspace,
        });
        expect(stored).to.have.length(events.length);
        for (const { text } of stored) {
          for (const secret of secrets) expect(text).not.to.include(secret);
        }
      },
      { stores: true },
    );

    category(
      158,
      'a flood of robots',
      async (attack) => {
        await define(attack);
        const key = await keyOf(attack);
        const robots = [
          'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
          'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36',
          'Mozilla/5.0 (compatible; AhrefsBot/7.0)',
          `Mozilla/5.0 ${'x'.repeat(2_000)}`,
        ];
        const flood = (name: string, count: number, variant: string) =>
          Array.from({ length: count }, (_, i) => {
            const unit = `${name}-${variant}-${i}`;
            return exposure({ id: unit, unit, variant });
          });
        for (const [i, agent] of robots.entries()) {
          const events = flood(`robot${i}`, 100, 'bold');
          const told = await send(attack, agent.slice(0, 40), events, { key, agent });
          expect(new Set(told)).to.deep.equal(new Set(['applied']));
        }
        const results = async () => {
          const path = '/v1/experiments/hero/results';
          const { body } = await attack.request('results', { path }, 200);
          const { units, bots } = JSON.parse(body) as { units: number[][]; bots?: number };
          return { units: units.map((days) => days.reduce((sum, n) => sum + n, 0)), bots };
        };
        expect((await results()).bots).to.equal(400);
        expect((await results()).units).to.deep.equal([0, 0]);
        // Those that say nothing of themselves are counted, and the alarm goes off.
        for (const variant of ['bold', 'control']) {
          await send(attack, 'people', flood('person', 100, variant), { key });
        }
        const even = srm((await results()).units, [0.5, 0.5]);
        await send(attack, 'silent robots', flood('silent', 300, 'bold'), { key });
        const skewed = srm((await results()).units, [0.5, 0.5]);
        expect([even?.mismatch, skewed?.mismatch]).to.deep.equal([false, true]);
      },
      { stores: true },
    );
  },
  {
    onBoth: true,
    config: () => ({
      rateLimits: false,
      workspaces: { [ASSIGNED]: { assignmentTokens: true } },
    }),
  },
);
