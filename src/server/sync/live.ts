/**
 * `GET /v1/sync/live`: server-sent events that say “there is something to pull”. Hints only, so a
 * slow reader needs no buffer: it is dropped, reconnects, and pulls. Whoever may not follow any
 * more, signed out for example, is dropped within half a heartbeat.
 */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { LiveHint } from '../../protocol/index.js';
import type { Hints } from './hints.js';

/** Unsent bytes past which a reader is too slow. */
const MAX_BUFFER = 64 * 1024;
/** Streams of one node; each is a file, and the requests need some too. */
const MAX_STREAMS = 10_000;
/** ms between two heartbeats; clients take 45 s of silence for a dead connection. */
const HEARTBEAT_MS = 15_000;

export interface LiveStreamsOptions {
  /** Streams of this node. Default: 10,000, or less where the limit of open files is low. */
  max?: number | undefined;
  /** ms between two heartbeats. Default: 15,000. */
  heartbeat?: number | undefined;
}

export interface LiveStreams {
  /** Whether there is no room for one more, or all are being sent away. */
  readonly full: boolean;
  readonly open: number;
  /** Readers that were too slow, since the start. */
  readonly dropped: number;
  /**
   * Turns a response into a stream of hints until either side ends it. `mayFollow` is asked twice
   * in a heartbeat; false ends the stream, a rejection leaves it until the next.
   */
  add(workspace: string, response: ServerResponse, mayFollow: () => Promise<boolean>): void;
  /** Ends all and takes no more; the clients come back after a random wait, not all at once. */
  close(): void;
}

export function createLiveStreams(
  hints: Hints,
  { max = mostStreams(), heartbeat = HEARTBEAT_MS }: LiveStreamsOptions = {},
): LiveStreams {
  const streams = new Set<ServerResponse>();
  let dropped = 0;
  let closed = false;

  const write = (response: ServerResponse, text: string) => {
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength > MAX_BUFFER) {
      dropped += 1;
      response.destroy();
    } else response.write(text);
  };

  return {
    get full() {
      return closed || streams.size >= max;
    },
    get open() {
      return streams.size;
    },
    get dropped() {
      return dropped;
    },
    add(workspace, response, mayFollow) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        // Nothing follows on this connection; left open it would hold up a shutdown.
        connection: 'close',
      });
      write(response, `${retry()}: connected\n\n`);
      const unsubscribe = hints.subscribe(workspace, (seq) => write(response, hintText(seq)));
      let ticks = 0;
      const tick = async () => {
        // It does not read its end either.
        if (response.writableEnded) return void response.destroy();
        // The database may be out for a moment: no reason to send all its readers away.
        const follows = await mayFollow().catch(() => true);
        if (!follows) endStream(response);
        else if (++ticks % 2 === 0) write(response, ':\n\n');
      };
      const ticking = setInterval(() => void tick(), heartbeat / 2);
      streams.add(response);
      response.on('close', () => {
        clearInterval(ticking);
        unsubscribe();
        streams.delete(response);
      });
    },
    close() {
      closed = true;
      for (const response of streams) endStream(response);
    },
  };
}

function hintText(seq: number): string {
  const hint: LiveHint = { seq };
  return `event: hint\nid: ${seq}\ndata: ${JSON.stringify(hint)}\n\n`;
}

/** Ends a stream with when to come back. */
export function endStream(response: ServerResponse): void {
  if (!response.writableEnded) response.end(retry());
}

/** When to come back, for clients that go by it: 2 to 10 s from now. */
function retry(): string {
  return `retry: ${Math.round(2_000 + Math.random() * 8_000)}\n`;
}

/** A fifth of the files that this process may open stays for requests and the database. */
function mostStreams(): number {
  let files = Infinity;
  try {
    const line = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    files = Number(line?.[1] ?? Infinity);
  } catch {
    // Not Linux; Node raises the limit to what the system allows.
  }
  return Math.min(MAX_STREAMS, Math.floor(files * 0.8));
}
