/** HTTP/1.1 by hand: what no client library would send, and every byte of what comes back. */
import net from 'node:net';

export interface Answer {
  status: number;
  /** Lower-case names; a header that came twice has both values. */
  headers: Readonly<Record<string, string[]>>;
  body: string;
}

/** Bytes to write, or milliseconds to wait before the next. */
export type Step = string | Buffer | number;

export interface TalkOptions {
  /** Read until this many answers have come; default: until the server closes. */
  answers?: number;
  /** Answers have headers only. */
  bodiless?: boolean;
  /** ms without an end after which the talk has failed. Default 30 000. */
  timeout?: number;
}

/** Writes the steps on one connection and reads what is answered. */
export function talk(
  port: number,
  steps: readonly Step[],
  { answers, bodiless = false, timeout = 30_000 }: TalkOptions = {},
): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const told: Answer[] = [];
    /** What no whole answer has been made of yet. */
    let received = Buffer.alloc(0);
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const read = () => {
      const { found, end } = parseAnswers(received, bodiless);
      told.push(...found);
      received = received.subarray(end);
      return told;
    };
    const finish = () => {
      clearTimeout(patience);
      socket.destroy();
      try {
        resolve(read());
      } catch (error) {
        reject(error as Error);
      }
    };
    const patience = setTimeout(() => {
      socket.destroy();
      const text = received.toString('latin1').slice(0, 300);
      reject(new Error(`no end of the answer after ${timeout} ms; so far: “${text}”`));
    }, timeout);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (answers !== undefined && read().length >= answers) finish();
    });
    // A server that refuses while we still write resets the connection; its answer counts.
    socket.on('error', () => {});
    socket.on('close', finish);
    void write(socket, steps);
  });
}

async function write(socket: net.Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    if (typeof step === 'number') await new Promise((resolve) => setTimeout(resolve, step));
    else if (!socket.write(step)) {
      await new Promise<void>((resolve) => {
        socket.once('drain', resolve);
        socket.once('close', () => resolve());
      });
    }
  }
}

/** All whole answers in what has arrived, and where they end; interim ones (1xx) are left out. */
function parseAnswers(bytes: Buffer, bodiless: boolean): { found: Answer[]; end: number } {
  const found: Answer[] = [];
  let end = 0;
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd === -1) break;
    const [statusLine, ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine!)?.[1]);
    if (!status) throw new Error(`no status line: “${statusLine?.slice(0, 100)}”`);
    const headers: Record<string, string[]> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      (headers[line.slice(0, colon).toLowerCase()] ??= []).push(line.slice(colon + 1).trim());
    }
    at = headEnd + 4;
    if (status < 200) continue;
    const body = bodiless || status === 204 || status === 304 ? { text: '', end: at } : readBody();
    if (!body) break;
    end = at = body.end;
    found.push({ status, headers, body: body.text });

    function readBody(): { text: string; end: number } | null {
      const length = headers['content-length'];
      if (length) {
        const end = at + Number(length[0]);
        return end <= bytes.length ? { text: bytes.toString('utf8', at, end), end } : null;
      }
      if (headers['transfer-encoding']) return readChunks(bytes, at);
      return { text: bytes.toString('utf8', at), end: bytes.length };
    }
  }
  return { found, end };
}

function readChunks(bytes: Buffer, start: number): { text: string; end: number } | null {
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (end + 2 > bytes.length) return null;
    if (size === 0) return { text: Buffer.concat(chunks).toString('utf8'), end: end + 2 };
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
