/** A small REST backend in the page, behind the client that an app has for it. */
import type { ApiClient, ApiRequest } from '../../../src/sync/index.js';

type Value = Record<string, unknown>;

export class Backend {
  readonly rows = new Map<string, Value & { id: string; version: number; seq: number }>();
  readonly requests: { method: string; path: string; body: Value | undefined }[] = [];
  /** Answers in the place of its own, one a change; `lost` is no answer at all. */
  readonly faults: (number | 'lost')[] = [];
  /** While set, changes wait for it. */
  gate: Promise<void> | undefined;
  #seq = 0;

  readonly client: ApiClient = {
    fetch: (path, init) => this.#fetch(path, init),
    safeFetch: async (path, init) => {
      try {
        const response = await this.#fetch(path, init);
        const body: unknown = response.status === 204 ? undefined : await response.json();
        return response.ok
          ? { ok: true, data: body, status: response.status }
          : { ok: false, error: body, status: response.status };
      } catch (error) {
        return { ok: false, error };
      }
    },
  };

  /** A change by somebody else. */
  write(id: string, value: Value): void {
    const version = (this.rows.get(id)?.version ?? 0) + 1;
    this.rows.set(id, { ...value, id, version, seq: ++this.#seq });
  }

  /** The requests that changed something, as `METHOD path`. */
  get changes(): string[] {
    const changes = this.requests.filter(({ method }) => method !== 'GET');
    return changes.map(({ method, path }) => `${method} ${path}`);
  }

  async #fetch(path: string, { method, body, headers }: ApiRequest): Promise<Response> {
    const value = body === undefined ? undefined : (JSON.parse(body) as Value);
    this.requests.push({ method, path, body: value });
    if (method === 'GET') return this.#get(new URL(path, 'http://backend'));
    await this.gate;
    const fault = this.faults.shift();
    if (fault === 'lost') throw new TypeError('Failed to fetch');
    if (fault !== undefined) return Response.json({ message: 'Refused.' }, { status: fault });
    const id = method === 'POST' ? String(value!.id) : path.split('/').pop()!;
    const known = this.rows.get(id);
    if (method === 'POST' && known) return Response.json(known, { status: 409 });
    if (method !== 'POST' && !known) return new Response(null, { status: 404 });
    if (known && headers['if-match'] !== `"${known.version}"`)
      return Response.json(known, { status: 412 });
    if (method === 'DELETE') {
      this.rows.delete(id);
      return new Response(null, { status: 204 });
    }
    const { version: _, seq: _seq, ...members } = { ...known, ...value };
    this.write(id, members);
    return Response.json(this.rows.get(id), { status: known ? 200 : 201 });
  }

  #get(url: URL): Response {
    const since = Number(url.searchParams.get('since') ?? 0);
    const items = [...this.rows.values()].filter(({ seq }) => seq > since);
    return Response.json({ items, cursor: `${this.#seq}`, more: false, removed: [] });
  }
}
