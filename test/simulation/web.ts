/**
 * What the code under test needs of the web's streams and responses, in plain promises: the
 * platform's own cost more than the rest of a history. load.ts puts these in the place of the
 * globals of the same names.
 */
type Read = { done: false; value: Uint8Array } | { done: true; value?: undefined };

export interface StreamController {
  enqueue(chunk: Uint8Array): void;
  close(): void;
  error(reason: unknown): void;
}

interface Source {
  start?(controller: StreamController): void;
  /** Asked for more whenever somebody reads and nothing is there. */
  pull?(controller: StreamController): void;
  cancel?(): void;
}

export class ReadableStream {
  readonly #chunks: Uint8Array[] = [];
  readonly #source: Source;
  readonly #controller: StreamController;
  #end: { error?: unknown } | undefined;
  #reader: { resolve(read: Read): void; reject(reason: unknown): void } | undefined;

  constructor(source: Source = {}) {
    this.#source = source;
    this.#controller = {
      enqueue: (chunk) => {
        if (this.#end) throw new TypeError('The stream has ended.');
        this.#chunks.push(chunk);
        this.#tell();
      },
      close: () => this.#finish({}),
      error: (error) => this.#finish({ error }),
    };
    source.start?.(this.#controller);
  }

  getReader() {
    return {
      read: () =>
        new Promise<Read>((resolve, reject) => {
          this.#reader = { resolve, reject };
          this.#tell();
          if (this.#reader) this.#source.pull?.(this.#controller);
        }),
      cancel: async () => {
        if (this.#end) return;
        this.#finish({});
        this.#source.cancel?.();
      },
      releaseLock() {},
    };
  }

  pipeThrough(_decoder: TextDecoderStream) {
    const reader = this.getReader();
    const decoder = new TextDecoder();
    return {
      getReader: () => ({
        ...reader,
        async read() {
          const { done, value } = await reader.read();
          return done ? { done } : { done, value: decoder.decode(value, { stream: true }) };
        },
      }),
    };
  }

  #finish(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#tell();
  }

  #tell(): void {
    const reader = this.#reader;
    if (!reader) return;
    const value = this.#chunks[0];
    if (!value && !this.#end) return;
    this.#reader = undefined;
    if (this.#end && 'error' in this.#end) reader.reject(this.#end.error);
    else if (value) reader.resolve({ done: false, value: this.#chunks.shift()! });
    else reader.resolve({ done: true });
  }
}

/** Only marks what `pipeThrough` is to do. */
export class TextDecoderStream {
  readonly encoding = 'utf-8';
}

interface ResponseInit {
  status?: number;
  headers?: Record<string, string>;
}

export class Response {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream | null;

  constructor(body: string | ReadableStream | null = null, init: ResponseInit = {}) {
    const { status = 200, headers = {} } = init;
    this.status = status;
    this.headers = { get: (name) => headers[name.toLowerCase()] ?? null };
    this.body = typeof body === 'string' ? textStream(body) : body;
  }

  static json(value: unknown, { status, headers }: ResponseInit = {}): Response {
    return new Response(JSON.stringify(value), {
      ...(status === undefined ? {} : { status }),
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    const reader = this.body?.getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const read = await reader?.read();
      if (!read || read.done) return text + decoder.decode();
      text += decoder.decode(read.value, { stream: true });
    }
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

const encoder = new TextEncoder();

function textStream(text: string): ReadableStream {
  return new ReadableStream({
    start(controller) {
      if (text) controller.enqueue(encoder.encode(text));
      controller.close();
    },
  });
}
