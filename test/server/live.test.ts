import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signToken } from '../../src/server/access/bearer.js';
import { sessionCookieName } from '../../src/server/access/session.js';
import { issueToken } from '../../src/server/access/tokens.js';
import type { Server } from '../../src/server/server.js';
import type { Hints } from '../../src/server/sync/hints.js';
import { createLiveStreams } from '../../src/server/sync/live.js';
import { Client, SECRET, startServer } from './client.js';
import { onEachEngine } from './engines.js';

/** One live stream, read as it comes. */
class Stream {
  text = '';
  ended: Promise<void>;
  readonly #abort = new AbortController();

  private constructor(readonly response: Response) {
    this.ended = this.#read();
  }

  static open(server: Server, client: Client, collections = 'tasks') {
    return Stream.openAs(server, { authorization: client.authorization }, collections);
  }

  static async openAs(server: Server, headers: Record<string, string>, collections = 'tasks') {
    const { port } = server.app.server.address() as AddressInfo;
    const stream = new Stream(
      await fetch(`http://127.0.0.1:${port}/v1/sync/live?collections=${collections}`, {
        headers,
      }),
    );
    if (stream.response.ok) await stream.until(/connected/);
    return stream;
  }

  async #read() {
    const reader = this.response.body!.pipeThrough(new TextDecoderStream()).getReader();
    this.#abort.signal.addEventListener('abort', () => void reader.cancel());
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.text += value;
    }
  }

  async until(pattern: RegExp) {
    while (!pattern.test(this.text)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  hints(): number[] {
    return [...this.text.matchAll(/event: hint\nid: \d+\ndata: \{"seq":(\d+)\}\n\n/g)].map(
      ([, seq]) => Number(seq),
    );
  }

  close() {
    this.#abort.abort();
    return this.ended;
  }
}

onEachEngine('live hints', (engine) => {
  let server: Server;
  let client: Client;
  beforeEach(async () => {
    server = await startServer(engine.database());
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    client = await Client.in(server);
  });
  afterEach(() => server.close());

  it('tells the counter after a push, as an event stream that nobody may store', async () => {
    const stream = await Stream.open(server, client);
    expect(stream.response.headers.get('content-type')).to.match(/^text\/event-stream/);
    expect(stream.response.headers.get('cache-control')).to.equal('no-store, no-transform');
    expect(stream.response.headers.get('content-security-policy')).to.be.a('string');
    await client.push(client.create('a'), client.create('b'));
    await stream.until(/"seq":2/);
    await stream.close();
  });

  it('tells the counter as it stands to whoever comes late', async () => {
    await client.push(client.create('a'), client.create('b'), client.create('c'));
    const stream = await Stream.open(server, client);
    await stream.until(/"seq":3/);
    await stream.close();
  });

  it('gathers a burst into few hints, the last of which is the newest', async () => {
    const stream = await Stream.open(server, client);
    for (let i = 0; i < 30; i++) await client.push(client.create(`t${i}`));
    await stream.until(/"seq":30/);
    const hints = stream.hints();
    expect(hints.length).to.be.below(30);
    expect(hints).to.deep.equal([...hints].sort((a, b) => a - b));
    await stream.close();
  });

  it('tells a workspace nothing of another', async () => {
    const other = await Client.in(server);
    const [mine, theirs] = [await Stream.open(server, client), await Stream.open(server, other)];
    await client.push(client.create('a'));
    await mine.until(/"seq":1/);
    expect(theirs.hints()).to.deep.equal([]);
    await Promise.all([mine.close(), theirs.close()]);
  });

  it('ends its streams at shutdown and says when to come back', async () => {
    const stream = await Stream.open(server, client);
    await server.close();
    await stream.ended;
    expect(stream.text).to.match(/retry: \d+\n$/);
  });

  it('asks for a token and for collections that exist', async () => {
    const nobody = await server.app.inject('/v1/sync/live?collections=tasks');
    const unknown = await client.request('GET', '/v1/sync/live?collections=nothing');
    expect([nobody.statusCode, unknown.statusCode]).to.deep.equal([401, 422]);
  });

  it('opens no stream for HEAD', async () => {
    const url = '/v1/sync/live?collections=tasks';
    const response = await server.app.inject({ method: 'HEAD', url });
    expect(response.statusCode).to.equal(405);
  });

  describe('of somebody who may follow no more', () => {
    let now: number;
    let beating: Server;
    beforeEach(async () => {
      now = Date.now();
      beating = await startServer(engine.database(), { heartbeat: 20, now: () => now });
      await beating.app.listen({ port: 0, host: '127.0.0.1' });
    });
    afterEach(() => beating.close());

    it('end with the session, and tell nothing after', async () => {
      const { workspace } = client;
      const grant = { subject: 'u', workspace, role: 'viewer' } as const;
      const name = sessionCookieName(false);
      const cookies = await Promise.all(
        [1, 2].map(async () => `${name}=${await issueToken(engine.database(), 'session', grant)}`),
      );
      const [leaver, stayer] = await Promise.all(
        cookies.map((cookie) => Stream.openAs(beating, { cookie })),
      );
      await leaver!.until(/\n:\n/);
      const headers = { cookie: cookies[0]!, 'sec-fetch-site': 'same-origin' };
      await beating.app.inject({ method: 'DELETE', url: '/v1/session', headers });
      await leaver!.ended;
      const writer = await Client.in(beating, workspace);
      await writer.push(writer.create('a'));
      await stayer!.until(/"seq":1/);
      expect(leaver!.hints()).to.deep.equal([]);
      await stayer!.close();
    });

    it('end with the token’s time', async () => {
      const { workspace } = client;
      const grant = { subject: 'u', workspace, role: 'viewer' } as const;
      const token = await signToken(SECRET, grant, 60, { now });
      const stream = await Stream.openAs(beating, { authorization: `Bearer ${token}` });
      await stream.until(/\n:\n/);
      now += 66_000;
      await stream.ended;
      expect(stream.text).to.match(/retry: \d+\n$/);
    });
  });

  if (engine.name === 'PostgreSQL') {
    it('reaches the streams of another node', async () => {
      const database = await engine.openAnother();
      const node = await startServer(database);
      const writer = await Client.in(node, client.workspace);
      const stream = await Stream.open(server, client);
      await writer.push(writer.create('a'));
      await stream.until(/"seq":1/);
      await stream.close();
      await node.close();
      await database.close();
    });
  }
});

describe('a live stream that is ending', () => {
  it('takes no hint and no second end', async () => {
    let hint: (seq: number) => void = () => {};
    const hints: Hints = {
      changed() {},
      subscribe(_workspace, callback) {
        hint = callback;
        return () => {};
      },
      close: async () => {},
    };
    const streams = createLiveStreams(hints);
    const node = createServer((_request, response) => {
      streams.add('w', response, async () => true);
      streams.close();
      hint(1);
      streams.close();
    });
    node.listen(0, '127.0.0.1');
    await once(node, 'listening');
    const { port } = node.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(await response.text()).to.match(/^retry: \d+\n: connected\n\nretry: \d+\n$/);
    node.close();
  });
});
