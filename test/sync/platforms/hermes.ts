/**
 * Takes away what React Native's engine and its polyfills don't have, and puts theirs in its place:
 * import it before anything else.
 */
import { request } from 'node:http';

const missing = [
  'BroadcastChannel',
  'DOMException',
  'Event',
  'EventTarget',
  'MessageChannel',
  'ReadableStream',
  'Request',
  'Response',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'WritableStream',
  'crypto',
  'navigator',
  'performance',
  'structuredClone',
];
const world = globalThis as unknown as Record<string, unknown>;
for (const name of missing) Reflect.deleteProperty(world, name);

/** As the package `abort-controller` has it: no `reason`, no `throwIfAborted`, no `AbortSignal.any`. */
class Signal {
  aborted = false;
  readonly #listeners = new Set<{ call: (event: object) => void; once: boolean }>();
  addEventListener(_: 'abort', call: (event: object) => void, { once = false } = {}): void {
    if (![...this.#listeners].some((known) => known.call === call))
      this.#listeners.add({ call, once });
  }
  removeEventListener(_: 'abort', call: (event: object) => void): void {
    for (const known of this.#listeners) if (known.call === call) this.#listeners.delete(known);
  }
  end(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const known of [...this.#listeners]) {
      if (known.once) this.#listeners.delete(known);
      known.call({ type: 'abort', target: this });
    }
  }
}
world.AbortSignal = Signal;
world.AbortController = class {
  readonly signal = new Signal();
  abort(): void {
    this.signal.end();
  }
};

/** Whether the phone has a network. */
export const phone = { online: true };

/** React Native's `fetch`: the answer arrives as a whole, and has no `body`. */
world.fetch = (
  address: string,
  init: { method?: string; headers?: object; body?: string; signal?: Signal },
) =>
  new Promise((done, fail) => {
    if (!phone.online) return fail(new TypeError('Network request failed'));
    const { method = 'GET', headers = {}, body, signal } = init;
    const call = request(address, { method, headers: { ...headers } }, (answer) => {
      let content = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (content += chunk));
      answer.on('error', () => fail(new TypeError('Network request failed')));
      answer.on('end', () => {
        const status = answer.statusCode!;
        done({
          status,
          ok: status >= 200 && status < 300,
          headers: { get: (name: string) => answer.headers[name.toLowerCase()] ?? null },
          text: async () => content,
          json: async () => JSON.parse(content) as unknown,
        });
      });
    });
    signal?.addEventListener('abort', () => {
      call.destroy();
      fail(new Error('Aborted'));
    });
    call.on('error', () => fail(new TypeError('Network request failed')));
    call.end(body);
  });
