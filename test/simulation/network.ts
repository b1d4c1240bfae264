/**
 * A device's way to the server. Each request travels there and back in virtual time, and one that
 * a fault was laid out for meets it: lost on the way, answered twice, cut in the middle.
 */
import { problem } from '../../src/protocol/index.js';
import type { Network } from '../../src/sync/index.js';
import type { RequestFault } from './plan.js';
import type { Rng } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { Tab } from './tab.js';
import { ReadableStream, Response, type StreamController } from './web.js';

/** What a network leads to. */
export interface Destination {
  /** Virtual ms until which nothing answers; requests under way are lost with their answers. */
  downUntil: number;
  /** Counts restarts. */
  life: number;
  busyUntil: number;
  /** s, as the server says with its 503. */
  retryAfter: number | null;
  fetch(url: string, init: RequestInit, device: number): Promise<globalThis.Response>;
}

/** A request as the checks see it. */
export interface Sent {
  tab: Tab;
  /** `push`, `pull`, `live`, `append`. */
  what: string;
  at: number;
}

type Watcher = Parameters<Network['onChange']>[0];
type Settle = { resolve(response: Response): void; reject(error: unknown): void };

export class VirtualNetwork {
  /** What the browser knows of. */
  online = true;
  /** Virtual ms until which all that is sent vanishes. */
  blackHoleUntil = 0;
  /** Virtual ms until which the session has ended. */
  signedOutUntil = 0;
  readonly faults: RequestFault[] = [];
  readonly #watchers = new Map<Watcher, Tab>();
  readonly #live = new Set<{ tab: Tab; controller: StreamController }>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly rng: Rng,
    private readonly device: number,
    private readonly server: Destination,
    private readonly count: (fault: string) => void,
    private readonly observe: {
      sent(sent: Sent): void;
      failed(sent: Sent, retryAfter: number): void;
    },
  ) {}

  for(tab: Tab): Network {
    return {
      online: () => this.online,
      onChange: (callback) => {
        this.#watchers.set(callback, tab);
        return () => this.#watchers.delete(callback);
      },
      fetch: (url, init = {}) =>
        new Promise((resolve, reject) => {
          const signal = init.signal ?? null;
          if (signal?.aborted) return reject(signal.reason as Error);
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
          const settle = { resolve: resolve as (response: unknown) => void, reject };
          this.#request(tab, url, init, settle);
        }),
    };
  }

  setOnline(online: boolean): void {
    this.online = online;
    if (!online) this.cutLive();
    this.tell('network');
  }

  /** The hint that a change of the network, or of who looks at a tab, gives. */
  tell(change: Parameters<Watcher>[0], only?: Tab): void {
    for (const [callback, tab] of this.#watchers)
      if (!only || only === tab) tab.deliver(this.rng.between(0, 5), () => callback(change));
  }

  cutLive(): void {
    for (const { tab, controller } of this.#live)
      tab.deliver(0, () => controller.error(new TypeError('network error')));
    this.#live.clear();
  }

  #request(tab: Tab, url: string, init: RequestInit, settle: Settle): void {
    const { scheduler, rng, server } = this;
    const what = /\/(push|pull|live|append)\b/.exec(url)?.[1] ?? url;
    const sent = { tab, what, at: scheduler.now };
    this.observe.sent(sent);
    const fail = (ms: number, retryAfter = 0) => {
      tab.deliver(ms, () => {
        if (!init.signal?.aborted) this.observe.failed({ ...sent, at: scheduler.now }, retryAfter);
        settle.reject(new TypeError('Failed to fetch'));
      });
    };
    const answer = (response: Response, ms = rng.between(1, 30)) => {
      tab.deliver(ms, () => {
        const wait = Number(response.headers.get('retry-after') ?? 0);
        // Nobody reads the answer to a request that was called off; who has signed in anew is welcome.
        if (!response.ok && response.status !== 401 && !init.signal?.aborted)
          this.observe.failed({ ...sent, at: scheduler.now }, wait);
        settle.resolve(response);
      });
    };
    if (!this.online) return fail(1);
    if (scheduler.now < this.blackHoleUntil) {
      this.count('black hole');
      return rng.chance(0.5) ? fail(rng.between(100, 3_000)) : undefined;
    }
    // The live stream has a fault of its own: being cut.
    const fault = what === 'live' ? undefined : this.faults.shift();
    if (fault) this.count(fault);
    let there = rng.between(1, 30);
    if (fault === 'slow') there = rng.between(200, 8_000);
    if (fault === 'drop-request') return fail(rng.between(1, 500));
    // Only what carries something can be too large.
    const refused =
      fault && (fault !== 'http-413' || init.method === 'POST') && refusal(fault, rng);
    if (refused) return answer(refused, rng.between(2, 60));

    const arrive = (tell: boolean) => {
      const { life } = server;
      if (scheduler.now < server.downUntil) {
        if (tell) fail(rng.between(1, 20));
        return;
      }
      if (scheduler.now < this.signedOutUntil) {
        this.count('401');
        if (tell) answer(Response.json(problem('unauthenticated'), { status: 401 }));
        return;
      }
      if (scheduler.now < server.busyUntil && rng.chance(0.9)) {
        this.count('server busy');
        if (tell) answer(busy(server.retryAfter));
        return;
      }
      const { signal: _, ...rest } = init;
      const asked = server.fetch(url, rest, this.device).then((given) => {
        const response = given as unknown as Response;
        // A server that went down meanwhile tells nobody.
        if (!tell) return;
        if (fault === 'drop-response') return fail(rng.between(1, 500));
        if (fault === 'hang') return;
        if (fault === 'http-502-after')
          return answer(new Response('<h1>Bad gateway</h1>', { status: 502 }));
        const back = fault === 'slow' ? rng.between(30, 8_000) : rng.between(1, 30);
        if (what === 'live') return this.#stream(tab, response, back, settle, init.signal);
        const cutAt = fault?.startsWith('cut-body') ? rng.below(400) : Infinity;
        const broken = fault !== 'cut-body-quietly';
        const lost = () => server.life !== life;
        const onItsWay = this.#onItsWay(tab, response, back, { cutAt, broken, lost });
        tab.deliver(back, () => (lost() ? fail(1) : answer(onItsWay, 0)));
      });
      scheduler.hold(asked);
    };
    scheduler.after(there, () => arrive(true));
    if (fault === 'duplicate') scheduler.after(there + rng.between(0, 40), () => arrive(false));
    if (fault === 'late-duplicate')
      scheduler.after(there + rng.between(1_000, 90_000), () => arrive(false));
  }

  /**
   * An answer whose body the server writes piece by piece, each a while on its way: cut after so
   * many bytes, with an error or as if that were all, or lost with the server that was giving it.
   */
  #onItsWay(
    tab: Tab,
    { status, headers, body }: Response,
    ms: number,
    { cutAt, broken, lost }: { cutAt: number; broken: boolean; lost: () => boolean },
  ): Response {
    const { scheduler, rng } = this;
    const source = body!.getReader();
    let left = cutAt;
    let due = 0;
    /** In order, whatever the way of each takes. */
    const arrive = (run: () => void) => {
      due = Math.max(due, scheduler.now + ms + rng.between(0, 8));
      tab.deliver(due - scheduler.now, () => reading && run());
    };
    let reading = true;
    const stream = new ReadableStream({
      cancel: () => {
        reading = false;
      },
      start: (controller) => {
        const terminated = () => controller.error(new TypeError('terminated'));
        const write = async () => {
          if (lost()) return arrive(terminated);
          const { done, value } = await source.read();
          if (done) return arrive(() => controller.close());
          const piece = value.subarray(0, left);
          left -= piece.length;
          if (piece.length) arrive(() => controller.enqueue(piece));
          if (left <= 0) return arrive(broken ? terminated : () => controller.close());
          scheduler.after(rng.between(0, 4), () => scheduler.hold(write()));
        };
        scheduler.hold(write());
      },
    });
    const retryAfter = headers.get('retry-after');
    const type = headers.get('content-type');
    return new Response(stream, {
      status,
      headers: {
        ...(type && { 'content-type': type }),
        ...(retryAfter && { 'retry-after': retryAfter }),
      },
    });
  }

  #stream(
    tab: Tab,
    { status, headers, body }: Response,
    ms: number,
    settle: Settle,
    signal: AbortSignal | null | undefined,
  ): void {
    const source = body!.getReader();
    const type = headers.get('content-type') ?? '';
    tab.deliver(ms, () => {
      if (signal?.aborted || !this.online) return void source.cancel();
      let end = () => {};
      const stream = new ReadableStream({
        start: (controller) => {
          const live = { tab, controller };
          this.#live.add(live);
          const beat = () =>
            this.scheduler.after(15_000, () => {
              if (!this.#live.has(live) || tab.dead) return;
              tab.deliver(0, () => this.#live.has(live) && controller.enqueue(BEAT));
              beating = beat();
            });
          let beating = beat();
          end = () => {
            this.#live.delete(live);
            beating.cancel();
            void source.cancel();
          };
          signal?.addEventListener('abort', () => {
            end();
            controller.error(signal.reason);
          });
          const pump = async (): Promise<void> => {
            const { done, value } = await source.read();
            if (!this.#live.has(live)) return;
            tab.deliver(this.rng.between(1, 60), () => {
              if (!this.#live.has(live)) return;
              if (!done) return controller.enqueue(value);
              end();
              controller.close();
            });
            if (!done) return pump();
          };
          void pump();
        },
        cancel: () => end(),
      });
      settle.resolve(new Response(stream, { status, headers: { 'content-type': type } }));
    });
  }
}

const BEAT = new TextEncoder().encode(':\n\n');

function busy(retryAfter: number | null): Response {
  const headers = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
  return Response.json(problem('unavailable'), { status: 503, headers });
}

/** What a fault answers in the server's place, which then never hears of the request. */
function refusal(fault: RequestFault, rng: Rng): Response | undefined {
  switch (fault) {
    case 'http-500':
      return Response.json(problem('internal'), { status: 500 });
    case 'http-503':
      return busy(rng.chance(0.5) ? 1 + rng.below(30) : null);
    case 'http-429': {
      const headers = { 'retry-after': String(1 + rng.below(30)) };
      return Response.json(problem('rate-limited'), { status: 429, headers });
    }
    case 'http-413':
      return Response.json(problem('payload-too-large'), { status: 413 });
    case 'proxy-page':
      return new Response('<h1>Not found</h1>', { status: 404 });
    default:
      return undefined;
  }
}
