/** Ten thousand live streams: what they weigh, how fast they hear, and how they come back. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { Connection, request } from './generator.js';
import { type Target, tokenFor } from './target.js';
import { pushTemplates, type Work } from './works.js';

const WORKSPACE = 'followed';

/** Readers of one workspace, each a user of its own. */
class Readers {
  readonly sockets = new Set<Socket>();
  /** How many have been told of this `seq`. */
  heard = new Map<number, number>();
  /** ms, that each was told to stay away for. */
  readonly waits: number[] = [];
  refused = 0;

  constructor(readonly port: number) {}

  /** Opens so many, a hundred at a time. */
  async open(count: number, width = 100): Promise<void> {
    const token = await tokenFor(WORKSPACE, 'viewer');
    let left = count;
    const worker = async () => {
      while (left-- > 0) await this.openOne(token);
    };
    await Promise.all(Array.from({ length: width }, worker));
  }

  /** Resolves when the stream is there; false when it was refused. */
  async openOne(token: string): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(request('GET', '/v1/sync/live?collections=tasks', token));
    return new Promise((resolve) => {
      socket.on('data', (data: Buffer) => {
        const text = data.toString('latin1');
        if (text.includes(': connected')) {
          this.sockets.add(socket);
          resolve(true);
        } else if (/^HTTP\/1.1 (429|503)/.test(text)) {
          this.refused += 1;
          socket.destroy();
          resolve(false);
        } else {
          const retry = /retry: (\d+)\n/.exec(text);
          if (retry) this.waits.push(Number(retry[1]));
        }
        for (const [, seq] of text.matchAll(/\nid: (\d+)\n/g)) {
          this.heard.set(Number(seq), (this.heard.get(Number(seq)) ?? 0) + 1);
        }
      });
      socket.on('close', () => {
        this.sockets.delete(socket);
        resolve(false);
      });
    });
  }

  async until(seq: number, count: number, patience = 30_000): Promise<void> {
    const deadline = Date.now() + patience;
    while ((this.heard.get(seq) ?? 0) < count && Date.now() < deadline) await sleep(1);
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

async function pushOne(target: Target): Promise<number> {
  const [template] = await pushTemplates([WORKSPACE], 1, 1);
  const connection = await Connection.open(target.port);
  const { body } = await connection.ask(template!.next());
  connection.close();
  return (JSON.parse(body.toString()) as { seq: number }).seq;
}

export const following: Work = {
  title: '10,000 live streams of one workspace',
  goal: { PostgreSQL: '≤ 250 MB, all told of a push within 1 s' },
  async run(target, quick) {
    const count = quick ? 1_000 : 10_000;
    const before = target.memory();
    const readers = new Readers(target.port);
    await readers.open(count);
    await sleep(2_000);
    const memory = target.memory();
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const started = performance.now();
      await readers.until(await pushOne(target), count);
      times.push(performance.now() - started);
      await sleep(200);
    }
    const open = readers.sockets.size;
    readers.close();
    const slowest = Math.max(...times);
    const text =
      `${open.toLocaleString('en')} open, ${Math.round(memory)} MB in all ` +
      `(${Math.round(before)} MB before), told within ${Math.round(slowest)} ms (slowest of 5)`;
    return { text, reached: open === count && memory <= 250 && slowest <= 1_000 };
  },
};

export const herd: Work = {
  title: '10,000 streams whose server restarts: all come back and pull',
  goal: { PostgreSQL: 'within 60 s, ≤ 20 database connections' },
  async run(target, quick) {
    const count = quick ? 1_000 : 10_000;
    const token = await tokenFor(WORKSPACE, 'viewer');
    const readers = new Readers(target.port);
    await readers.open(count);
    const watch = watchConnections(target);
    await target.restart();
    await sleep(500);
    const waits = readers.waits.slice();
    const started = performance.now();
    let pulled = 0;
    await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        await sleep(waits[i] ?? 2_000);
        // Refused or broken off, it comes back as a client does.
        while (!(await readers.openOne(token).catch(() => false))) {
          await sleep(2_000 + Math.random() * 8_000);
        }
        for (;;) {
          const connection = await Connection.open(target.port).catch(() => null);
          const pull = request('GET', '/v1/sync/pull?collections=tasks', token);
          const answer = await connection?.ask(pull).catch(() => null);
          connection?.close();
          if (answer?.status === 200) break;
          await sleep(1_000 + Math.random() * 8_000);
        }
        pulled += 1;
      }),
    );
    const took = (performance.now() - started) / 1_000;
    const most = await watch.end();
    const open = readers.sockets.size;
    readers.close();
    const text =
      `${open.toLocaleString('en')} back and ${pulled.toLocaleString('en')} pulls in ` +
      `${took.toFixed(1)} s, of them ${waits.length.toLocaleString('en')} as the server had told them, ` +
      `${readers.refused.toLocaleString('en')} refused first` +
      (most === null ? '' : `, at most ${most} database connections`);
    return { text, reached: open === count && took <= 60 && (most ?? 0) <= 20 };
  },
};

/** The most connections that the server has to its database meanwhile. */
function watchConnections({ databaseUrl }: Target): { end(): Promise<number | null> } {
  if (databaseUrl === null) return { end: async () => null };
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });
  const connected = client.connect();
  let most = 0;
  let over = false;
  const watching = (async () => {
    await connected;
    while (!over) {
      const { rows } = await client.query<{ count: string }>(
        "select count(*) from pg_stat_activity where application_name like 'bytelyst%'",
      );
      most = Math.max(most, Number(rows[0]!.count));
      await sleep(50);
    }
    await client.end();
  })();
  return {
    async end() {
      over = true;
      await watching;
      return most;
    },
  };
}

function sleep(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}
