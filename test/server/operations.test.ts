import { expect } from 'chai';
import fc from 'fast-check';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import {
  type Admission,
  createAdmission,
  type RequestKind,
} from '../../src/server/operations/admission.js';
import { ProblemError } from '../../src/server/problem-error.js';
import { Client, startServer } from './client.js';
import { onEachEngine } from './engines.js';

/** Requests of one admission, and how each fared. */
class Requests {
  readonly log: string[] = [];
  readonly leave = new Map<string, () => void>();

  constructor(readonly admission: Admission) {}

  /** Named `kind` and a number. */
  async enter(...names: string[]): Promise<void> {
    for (const name of names) {
      this.admission.enter(name.replace(/\d+$/, '') as RequestKind).then(
        (leave) => {
          this.leave.set(name, leave);
          this.log.push(`${name} runs`);
        },
        (error: unknown) => {
          expect(error).to.be.instanceOf(ProblemError);
          const { status, retryAfter } = (error as ProblemError).problem;
          expect(status).to.equal(503);
          expect(retryAfter).to.be.within(1, 8);
          this.log.push(`${name} is shed`);
        },
      );
      await new Promise(setImmediate);
    }
  }

  async end(...names: string[]): Promise<void> {
    for (const name of names) this.leave.get(name)!();
    await new Promise(setImmediate);
  }
}

describe('admission', () => {
  it('lets run as many as it may, and the others in their turn', async () => {
    const requests = new Requests(createAdmission({ running: 2, waiting: 2 }));
    await requests.enter('read1', 'read2', 'read3', 'read4');
    expect(requests.log).to.deep.equal(['read1 runs', 'read2 runs']);
    await requests.end('read2', 'read1');
    expect(requests.log.slice(2)).to.deep.equal(['read3 runs', 'read4 runs']);
  });

  it('turns away events first, then reads, pushes last', async () => {
    const requests = new Requests(createAdmission({ running: 1, waiting: 3 }));
    await requests.enter('push1', 'events2', 'read3', 'push4');
    await requests.enter('events5', 'push6', 'read7', 'push8', 'push9');
    expect(requests.log.slice(1)).to.deep.equal([
      'events5 is shed',
      'events2 is shed',
      'read7 is shed',
      'read3 is shed',
      'push9 is shed',
    ]);
    await requests.end('push1');
    await requests.end('push4');
    await requests.end('push6');
    expect(requests.log.slice(6)).to.deep.equal(['push4 runs', 'push6 runs', 'push8 runs']);
  });

  it('lets the most important of those who wait run next', async () => {
    const requests = new Requests(createAdmission({ running: 1, waiting: 9 }));
    await requests.enter('read1', 'events2', 'read3', 'push4');
    for (const name of ['read1', 'push4', 'read3']) await requests.end(name);
    expect(requests.log).to.deep.equal(['read1 runs', 'push4 runs', 'read3 runs', 'events2 runs']);
  });

  it('lets nobody wait for ever', async () => {
    const requests = new Requests(createAdmission({ running: 1, waiting: 9, patience: 5 }));
    await requests.enter('push1', 'push2');
    while (requests.log.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(requests.log).to.deep.equal(['push1 runs', 'push2 is shed']);
    expect(requests.admission.waiting('push')).to.equal(0);
  });

  it('says before the body is read what it would say after', async () => {
    const { admission, ...requests } = new Requests(createAdmission({ running: 1, waiting: 1 }));
    await new Requests(admission).enter('push1', 'read2');
    expect(() => admission.check('push')).not.to.throw();
    expect(() => admission.check('read')).to.throw(ProblemError);
    expect(() => admission.check('events')).to.throw(ProblemError);
    expect(requests.log).to.deep.equal([]);
  });

  it('keeps its bounds, and loses nobody, whoever comes and goes', async () => {
    const step = fc.oneof(
      fc.constantFrom<RequestKind>('events', 'read', 'push'),
      fc.nat(20).map((n) => ({ end: n })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const requests = new Requests(createAdmission({ running: 3, waiting: 4 }));
        const { admission, log, leave } = requests;
        let count = 0;
        for (const next of steps) {
          if (typeof next === 'string') await requests.enter(`${next}${++count}`);
          else {
            const name = [...leave.keys()].at(next.end % (leave.size || 1));
            if (name) await requests.end(name);
            leave.delete(name!);
          }
          const waiting = admission.waiting('events') + admission.waiting('read');
          const inside = waiting + admission.waiting('push') + admission.running();
          expect(admission.running()).to.equal(leave.size);
          expect(inside - admission.running()).to.be.at.most(4);
          if (inside > admission.running()) expect(admission.running()).to.equal(3);
          expect(log.length + inside - admission.running()).to.equal(count);
        }
      }),
      { numRuns: 200 },
    );
  });
});

onEachEngine('operations', (engine) => {
  it('counts requests by route and status, and tells whom it may', async () => {
    const server = await startServer(engine.database(), { metricsToken: 'a-token-of-metrics' });
    const client = await Client.in(server);
    await client.push(client.create('a'));
    await client.request('GET', '/v1/nothing-secret-here');
    const authorization = 'Bearer a-token-of-metrics';
    const { body, headers } = await server.app.inject({
      url: '/metrics',
      headers: { authorization },
    });
    expect(headers['content-type']).to.match(/^text\/plain; version=0.0.4/);
    expect(body).to.match(
      /request_duration_seconds_count\{method="POST",route="\/v1\/sync\/push",status="200"\} 1\n/,
    );
    expect(body).to.match(/\{method="GET",route="none",status="404"\} 1\n/);
    expect(body).not.to.include('secret');
    for (const name of [
      'bytelyst_live_streams 0',
      'bytelyst_requests_running 0',
      'bytelyst_requests_shed_total{kind="events"} 0',
      'bytelyst_requests_waiting{kind="push"} 0',
      'bytelyst_database_connections ',
      'nodejs_eventloop_lag_p99_seconds ',
    ]) {
      expect(body).to.include(`\n${name}`);
    }
    expect((await server.app.inject('/metrics')).statusCode).to.equal(404);
    expect((await client.request('GET', '/metrics')).statusCode).to.equal(404);
    await server.close();

    const quiet = await startServer(engine.database());
    const asked = await quiet.app.inject({ url: '/metrics', headers: { authorization } });
    expect(asked.statusCode).to.equal(404);
    await quiet.close();
  });

  it('answers 503 with a random Retry-After when it is full, and goes on after', async () => {
    const server = await startServer(engine.database(), { admission: { running: 1, waiting: 1 } });
    const client = await Client.in(server);
    await client.push(client.create('first'));
    const pushes = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        client.request('POST', '/v1/sync/push', {
          client: client.id,
          mutations: [client.create(`t${i}`)],
        }),
      ),
    );
    const shed = pushes.filter(({ statusCode }) => statusCode === 503);
    expect(shed.length).to.be.above(0);
    for (const response of shed) {
      expect(response.json()).to.include({ code: 'unavailable', retryable: true });
      expect(Number(response.headers['retry-after'])).to.be.within(1, 8);
    }
    const { pages } = await client.pull();
    const applied = pushes.filter(({ statusCode }) => statusCode === 200).length;
    expect(pages.flatMap(({ keys }) => keys)).to.have.length(1 + applied);
    await server.close();
  });

  it('answers every one of a thousand pipelined pushes, or sheds it in order', async function () {
    this.timeout(60_000);
    const server = await startServer(engine.database());
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.app.server.address() as AddressInfo;
    const client = await Client.in(server);
    const pushed = (i: number) => {
      const body = JSON.stringify({ client: client.id, mutations: [client.create(`t${i}`)] });
      const last = i % 50 === 49 ? 'connection: close\r\n' : '';
      return (
        `POST /v1/sync/push HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${client.authorization}` +
        `\r\ncontent-type: application/json\r\n${last}content-length: ${body.length}\r\n\r\n${body}`
      );
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, connection) => {
        const socket = connect(port, '127.0.0.1');
        let text = '';
        socket.on('data', (data) => (text += data.toString()));
        const pushes = Array.from({ length: 50 }, (__, i) => pushed(connection * 50 + i));
        socket.write(pushes.join(''));
        await once(socket, 'close');
        return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!);
      }),
    );
    expect(answers.map(({ length }) => length)).to.deep.equal(Array(20).fill(50));
    const statuses = answers.flat();
    expect(statuses.filter((status) => !['200', '503'].includes(status))).to.deep.equal([]);
    const applied = statuses.filter((status) => status === '200').length;
    const { pages } = await client.pull();
    expect(pages.flatMap(({ keys }) => keys)).to.have.length(applied);
    await server.close();
  });

  it('finishes at its end what is under way', async () => {
    const server = await startServer(engine.database());
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.app.server.address() as AddressInfo;
    const client = await Client.in(server);
    const body = JSON.stringify({ client: client.id, mutations: [client.create('a')] });
    const [head, tail] = [body.slice(0, 20), body.slice(20)];
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write(
      `POST /v1/sync/push HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${client.authorization}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${head}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = server.close();
    socket.write(tail);
    await once(socket, 'close');
    await closed;
    expect(answer).to.match(/^HTTP\/1.1 200 .*"outcome":"applied"/s);
  });

  it('is not ready while it drains, opens no stream, and still answers requests', async () => {
    const server = await startServer(engine.database());
    const client = await Client.in(server);
    server.drain();
    const ready = await server.app.inject('/readyz');
    expect([ready.statusCode, ready.json().status]).to.deep.equal([503, 'draining']);
    expect((await server.app.inject('/livez')).statusCode).to.equal(200);
    const live = await client.request('GET', '/v1/sync/live?collections=tasks');
    expect(live.statusCode).to.equal(503);
    expect(Number(live.headers['retry-after'])).to.be.above(0);
    expect((await client.push(client.create('a')))[0]?.outcome).to.equal('applied');
    await server.close();
  });
});
