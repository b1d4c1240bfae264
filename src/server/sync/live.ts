/**
 * `GET /v1/sync/live`: server-sent events that say “there is something to pull”. Hints only, so a
 * slow reader needs no buffer: it is dropped, reconnects, and pulls. Whoever may not follow any
 * more, signed out for example, is dropped at the next heartbeat.
 */
import type { ServerResponse } from 'node:http';
import type { LiveHint } from '../../protocol/index.js';
import type { Hints } from './hints.js';

/** Unsent bytes past which a reader is too slow. */
const MAX_BUFFER = 64 * 1024;
/** Streams of one node; each is a file, and the requests need some too. */
const MAX_STREAMS = 10_000;

export interface LiveStreams {
  /** Whether there is room for one more. */
  readonly full: boolean;
  /**
   * Turns a response into a stream of hints until either side ends it. `mayFollow` is asked at
   * every heartbeat; false ends the stream, a rejection leaves it until the next.
   */
  open(workspace: string, response: ServerResponse, mayFollow: () => Promise<boolean>): void;
  /** Ends all; the clients come back after a random wait, not all at once. */
  close(): void;
}

/** `heartbeat`: ms between two of them. */
export function createLiveStreams(hints: Hints, heartbeat = 15_000): LiveStreams {
  const streams = new Set<ServerResponse>();

  return {
    get full() {
      return streams.size >= MAX_STREAMS;
    },
    open(workspace, response, mayFollow) {
      const write = (text: string) => {
        if (response.writableEnded) return;
        if (response.writableLength > MAX_BUFFER) response.destroy();
        else response.write(text);
      };
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        // Nothing follows on this connection; left open it would hold up a shutdown.
        connection: 'close',
      });
      write(`${retry()}: connected\n\n`);
      const unsubscribe = hints.subscribe(workspace, (seq) => {
        const hint: LiveHint = { seq };
        write(`event: hint\nid: ${seq}\ndata: ${JSON.stringify(hint)}\n\n`);
      });
      const beat = async () => {
        // It does not read its end either.
        if (response.writableEnded) return void response.destroy();
        // The database may be out for a moment: no reason to send all its readers away.
        if (await mayFollow().catch(() => true)) write(':\n\n');
        else end(response);
      };
      const beating = setInterval(() => void beat(), heartbeat);
      streams.add(response);
      response.on('close', () => {
        clearInterval(beating);
        unsubscribe();
        streams.delete(response);
      });
    },
    close() {
      for (const response of streams) end(response);
    },
  };
}

function end(response: ServerResponse): void {
  if (!response.writableEnded) response.end(retry());
}

/** When to come back, for clients that go by it: 2 to 10 s from now. */
function retry(): string {
  return `retry: ${Math.round(2_000 + Math.random() * 8_000)}\n`;
}
