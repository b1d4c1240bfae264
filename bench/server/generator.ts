/**
 * The load generator, our own: HTTP/1.1 on bare sockets with keep-alive, so that of two processors
 * as much as possible is left to the server. It parses no more than it takes to find where an answer ends; each
 * request is a buffer that its maker may reuse once it is answered.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  body: Buffer;
}

export interface Load {
  /** Requests under way at any time, each on a connection of its own. */
  connections: number;
  /** ms that are measured, after as long a warm-up as `warmup` says. */
  duration: number;
  warmup?: number;
  /** The next request of a connection. */
  next(connection: number): Buffer;
  /** ms that a connection waits after a refusal (429, 503). Default: none are expected. */
  patience?: number;
}

export interface Measured {
  /** Answers with 200, by second. */
  perSecond: number;
  /** ms, of those. */
  p50: number;
  p95: number;
  p99: number;
  /** Refusals by second. */
  refused: number;
  /** Anything else. */
  failed: number;
}

export async function measure(port: number, load: Load): Promise<Measured> {
  const { connections, duration, warmup = duration / 4, next, patience } = load;
  const times: number[] = [];
  let [refused, failed] = [0, 0];
  const begin = performance.now() + warmup;
  const end = begin + duration;
  const run = async (i: number) => {
    let connection = await Connection.open(port);
    for (;;) {
      const started = performance.now();
      if (started > end) break;
      const answer = await connection.ask(next(i)).catch(() => null);
      const now = performance.now();
      const counts = started >= begin && now <= end;
      if (answer?.status === 200) {
        if (counts) times.push(now - started);
        continue;
      }
      if (answer && patience !== undefined && [429, 503].includes(answer.status)) {
        if (counts) refused += 1;
        await new Promise((resolve) => setTimeout(resolve, patience * (0.5 + Math.random())));
      } else if (counts) failed += 1;
      if (!connection.usable) connection = await Connection.open(port);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, (_, i) => run(i)));
  times.sort((a, b) => a - b);
  const seconds = duration / 1_000;
  const at = (share: number) => times[Math.floor(times.length * share)] ?? NaN;
  const perSecond = times.length / seconds;
  return {
    perSecond,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    refused: refused / seconds,
    failed,
  };
}

/** One connection, one request at a time. */
export class Connection {
  usable = true;
  #received: Buffer[] = [];
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay();
    socket.on('data', (data) => this.#take(data));
    const lost = () => {
      this.usable = false;
      this.#waiting?.reject(new Error('The connection was closed.'));
    };
    socket.on('error', lost);
    socket.on('close', lost);
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket);
  }

  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  #take(data: Buffer): void {
    this.#received.push(data);
    // Only the end of a long answer is looked for in what has just come.
    if (this.#received.length > 1 && !data.subarray(-5).equals(LAST_CHUNK)) {
      const [head] = this.#received;
      if (head!.includes('transfer-encoding: chunked')) return;
    }
    const all = this.#received.length === 1 ? data : Buffer.concat(this.#received);
    const answer = parse(all);
    if (!answer) return;
    this.#received = [];
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(answer);
  }
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** The answer, once it is whole. */
function parse(data: Buffer): Answer | null {
  const end = data.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = data.toString('latin1', 0, end).toLowerCase();
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: (\d+)/.exec(head);
  if (length) {
    const body = data.subarray(end + 4);
    return body.length < Number(length[1]) ? null : { status, body };
  }
  if (!head.includes('\r\ntransfer-encoding: chunked')) return { status, body: Buffer.alloc(0) };
  return data.subarray(-5).equals(LAST_CHUNK) ? { status, body: unchunk(data, end + 4) } : null;
}

function unchunk(data: Buffer, start: number): Buffer {
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const line = data.indexOf('\r\n', at);
    const size = parseInt(data.toString('latin1', at, line), 16);
    if (!size) return Buffer.concat(chunks);
    chunks.push(data.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

/** A whole request. */
export function request(method: string, path: string, token: string, body?: string): Buffer {
  const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n` +
      `${body === undefined ? '' : 'content-type: application/json\r\n'}${length}\r\n${body ?? ''}`,
  );
}

/**
 * The same request again and again with other ids: wherever `MARK` stands in it, as many characters
 * are replaced by a count that never comes twice.
 */
export class Template {
  readonly #places: number[] = [];
  static #count = 0;

  constructor(readonly buffer: Buffer) {
    for (let at = buffer.indexOf(MARK); at !== -1; at = buffer.indexOf(MARK, at + 1)) {
      this.#places.push(at);
    }
  }

  next(): Buffer {
    const text = (Template.#count++).toString(36).padStart(MARK.length, '0');
    for (const place of this.#places) this.buffer.write(text, place, 'latin1');
    return this.buffer;
  }
}

export const MARK = '@@@@@@@@';
