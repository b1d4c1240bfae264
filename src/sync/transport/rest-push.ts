/**
 * One mutation, one request (two where its row's version is not known). What the backend says about
 * a row becomes that mutation's result and nobody else's.
 */
import {
  clientProblem,
  type Etag,
  type JsonObject,
  type Problem,
  type PushResult,
  type WireMutation,
} from '../../protocol/index.js';
import { same } from '../same.js';
import { SyncError } from '../errors.js';
import type { RowState } from '../log/record.js';
import { badAnswer, retryAfter } from './http.js';
import { refusal, rowPath, type Answer, type Send } from './rest-client.js';
import type { Endpoint, RemoteRow } from './rest-entity.js';
import { isListed } from './rest-pull.js';
import type { Call } from './transport.js';

const NO_ADDRESS = "Where the backend has no address for a row, say `precondition: 'none'`.";
const NO_ID =
  'The server has made the row but told no id: the answer needs its `id`, or a `Location`.';
const NO_ROW = 'answered without a row, with its `id` at the top or under `data`: see `toRow`.';

/** What is known of a mutation that was sent and not answered yet. */
interface Attempt {
  etag: Etag | undefined;
}

export class RestPush {
  /** A change that is sent again must say the same as the first time. */
  readonly #attempts = new Map<string, Attempt>();
  /** What has been answered at an address of a row: `GET /tasks`. */
  readonly #known = new Set<string>();

  constructor(private readonly send: Send) {}

  /** Rejects with what concerns all of them; what concerns this one is its result. */
  async one(mutation: WireMutation, endpoint: Endpoint, call: Call): Promise<PushResult> {
    try {
      const result = await this.#offer(mutation, endpoint, call);
      if (result.outcome !== 'rejected') this.#attempts.delete(mutation.id);
      return result;
    } catch (error) {
      const { code, message } = error instanceof SyncError ? error : badAnswer(error);
      if (code === 'invalid') return rejected(mutation, clientProblem('invalid', message));
      if (code !== 'bad-answer') throw error;
      return rejected(mutation, clientProblem('unavailable', message));
    }
  }

  async #offer(mutation: WireMutation, endpoint: Endpoint, call: Call): Promise<PushResult> {
    const { id, collection, key } = mutation;
    const made = call.known(collection, key, id);
    let attempt = this.#attempts.get(id);
    if (!attempt) {
      const looked = await this.#look(mutation, made, endpoint, call);
      if ('outcome' in looked) return looked;
      this.#attempts.set(id, (attempt = looked));
    }
    const answer = await this.#request(mutation, made, attempt.etag, endpoint, call);
    if (![409, 412, 428].includes(answer.status) || answer.foreign)
      return this.#result(mutation, made, answer, endpoint, call);
    return this.#collided(mutation, made, attempt, answer, endpoint, call);
  }

  /**
   * Finds out the version that a change was made on. A listing rarely tells it; then the row is
   * asked for, and where it is not the one known here any more, that is the conflict.
   */
  async #look(
    mutation: WireMutation,
    made: RowState,
    endpoint: Endpoint,
    call: Call,
  ): Promise<Attempt | PushResult> {
    if (endpoint.options.precondition === 'none') return { etag: undefined };
    if (mutation.op === 'create' || !made.row || made.etag !== undefined)
      return { etag: made.etag };
    const found = await this.#get(mutation, endpoint, call);
    if (!found) return gone(mutation, call);
    if ('outcome' in found) return found;
    return same(found.row, made.row) ? { etag: found.etag } : conflict(mutation, found, call);
  }

  #request(
    { id, key, op, value, patch }: WireMutation,
    made: RowState,
    etag: Etag | undefined,
    endpoint: Endpoint,
    call: Call,
  ): Promise<Answer> {
    const { precondition, version, ids, update = 'PATCH' } = endpoint.options;
    const headers: Record<string, string> = { 'idempotency-key': id };
    // A row that is gone can't be replaced: it is made again.
    if (op === 'create' || (op === 'replace' && !made.row)) {
      const row = endpoint.body(ids === 'server' ? value! : { id: key, ...value });
      return this.send(call, 'POST', endpoint.path, { body: row, headers });
    }
    const path = rowPath(endpoint.path, key);
    const inBody = precondition === 'body' && version !== undefined && op !== 'delete';
    if (etag !== undefined && !inBody) headers['if-match'] = quoted(etag);
    if (op === 'delete') return this.send(call, 'DELETE', path, { headers });
    const whole = op === 'replace' || update === 'PUT';
    const body = endpoint.body(whole ? { id: key, ...meant(value, patch, made) } : patch!);
    if (inBody && etag !== undefined) body[version] = etag;
    return this.send(call, whole ? 'PUT' : 'PATCH', path, { body, headers });
  }

  async #result(
    mutation: WireMutation,
    made: RowState,
    answer: Answer,
    endpoint: Endpoint,
    call: Call,
  ): Promise<PushResult> {
    const { op } = mutation;
    const { status, foreign } = answer;
    if (foreign) return later(mutation, answer, call);
    const method = op === 'delete' ? 'DELETE' : op;
    if (status >= 200 && status < 300) {
      this.#known.add(`${method} ${endpoint.path}`);
      return accepted(mutation, made, answer, endpoint, call);
    }
    if (status === 404 || status === 410) {
      if (op !== 'create' && (await this.#stays(method, mutation, answer, endpoint, call)))
        return rejected(mutation, { ...refusal(answer), code: 'invalid' });
      if (op === 'delete')
        return { id: mutation.id, outcome: 'applied', version: next(mutation, call) };
      if (op === 'update' || op === 'replace') return gone(mutation, call);
    }
    if (status < 400 || status === 408 || status === 425 || status >= 500)
      return later(mutation, answer, call);
    return rejected(mutation, refusal(answer));
  }

  /** 409, 412, 428: somebody was faster, or so it says. Their row is in the answer or asked for. */
  async #collided(
    mutation: WireMutation,
    made: RowState,
    attempt: Attempt,
    answer: Answer,
    endpoint: Endpoint,
    call: Call,
  ): Promise<PushResult> {
    // Some tell only what has collided: that is not their row.
    const whole = endpoint.names(answer, membersOf(made) ?? mutation.value ?? {});
    const told = whole ? endpoint.answered(answer) : undefined;
    const found =
      told && told.row.id === mutation.key ? told : await this.#get(mutation, endpoint, call);
    const refused = rejected(mutation, refusal(answer));
    if (!found) return mutation.op === 'create' ? refused : gone(mutation, call);
    if ('outcome' in found) return found;
    if (mutation.op === 'create' && holds(found.row, mutation.value!))
      return applied(mutation, found, call);
    const moved = found.etag !== undefined && found.etag !== attempt.etag;
    if (mutation.op === 'create' || !same(found.row, made.row) || (moved && answer.status !== 428))
      return conflict(mutation, found, call);
    // The row is as it was: 409 means something else than a conflict.
    if (answer.status === 409) return refused;
    // 428 wants a version; a 412 for the right one comes from a backend that compares no weak ones.
    attempt.etag = answer.status === 428 ? found.etag : undefined;
    const again = { ...mutation, id: `${mutation.id}-2` };
    const second = await this.#request(again, made, attempt.etag, endpoint, call);
    if (second.status === 409 || second.status === 412) return rejected(mutation, refusal(second));
    return this.#result(mutation, made, second, endpoint, call);
  }

  async #get(
    mutation: WireMutation,
    endpoint: Endpoint,
    call: Call,
  ): Promise<RemoteRow | PushResult | undefined> {
    const path = rowPath(endpoint.path, mutation.key);
    const answer = await this.send(call, 'GET', path);
    const { status, foreign } = answer;
    if ((status === 404 || status === 410) && !foreign) {
      const stays = await this.#stays('GET', mutation, answer, endpoint, call);
      return stays ? later(mutation, answer, call, NO_ADDRESS) : undefined;
    }
    if (status !== 200 || foreign)
      return later(mutation, answer, call, status >= 400 && status < 500 ? NO_ADDRESS : undefined);
    this.#known.add(`GET ${endpoint.path}`);
    const found = endpoint.answered(answer);
    if (!found) throw new SyncError('bad-answer', `GET ${path} ${NO_ROW}`);
    return found.deleted ? undefined : found;
  }

  /**
   * Whether a 404 is about the address, not the row: nothing of this method was ever answered there,
   * and the row is listed.
   */
  async #stays(
    method: string,
    { key }: WireMutation,
    { status }: Answer,
    endpoint: Endpoint,
    call: Call,
  ): Promise<boolean> {
    if (status !== 404 || this.#known.has(`${method} ${endpoint.path}`)) return false;
    return isListed(endpoint, key, this.send, call);
  }
}

/** Versions count what this device has seen of a row: there is nothing else to order them by. */
function next({ collection, key }: Pick<WireMutation, 'collection' | 'key'>, call: Call): number {
  return call.known(collection, key).version + 1;
}

/** The row's members as the change was to leave them. */
function meant(value: JsonObject | undefined, patch: JsonObject | undefined, made: RowState) {
  return value ?? { ...membersOf(made), ...patch };
}

function membersOf({ row }: RowState): JsonObject | undefined {
  if (!row) return undefined;
  const { id: _, ...members } = row as JsonObject & { id: string };
  return members;
}

function accepted(
  mutation: WireMutation,
  made: RowState,
  answer: Answer,
  endpoint: Endpoint,
  call: Call,
): PushResult {
  const { id, collection, key, op } = mutation;
  const told =
    op === 'delete'
      ? undefined
      : endpoint.answered(answer, meant(mutation.value, mutation.patch, made));
  if (told && (told.row.id === key || op === 'create' || op === 'replace'))
    return applied(mutation, told, call);
  const named = op === 'create' ? located(answer.header('location'), endpoint) : undefined;
  // Under its id of here nobody would find it again; and to make it once more would make two.
  if (op === 'create' && named === undefined && endpoint.options.ids === 'server')
    return rejected(mutation, clientProblem('invalid', NO_ID));
  const etag = endpoint.options.version === undefined ? answer.header('etag') : null;
  return {
    id,
    outcome: 'applied',
    version: next({ collection, key: named ?? key }, call),
    ...(named !== undefined && named !== key && { key: named }),
    ...(etag && { etag }),
  };
}

/** The id in a `Location`; none unless that is one segment below the endpoint, which decodes. */
function located(location: string | null, { path }: Endpoint): string | undefined {
  const [address = ''] = (location ?? '').split(/[?#]/);
  const [, collection, name] = /^(.*)\/([^/]+)\/?$/.exec(address) ?? [];
  if (name === undefined || !`/${collection}`.endsWith(path)) return undefined;
  try {
    const id = decodeURIComponent(name);
    return rowPath(path, id) && id;
  } catch {
    return undefined;
  }
}

function applied(mutation: WireMutation, { row, etag }: RemoteRow, call: Call): PushResult {
  const { id: named, ...value } = row;
  return {
    id: mutation.id,
    outcome: 'applied',
    version: next({ collection: mutation.collection, key: named }, call),
    value,
    ...(named !== mutation.key && { key: named }),
    ...(etag !== undefined && { etag }),
  };
}

function conflict(
  mutation: WireMutation,
  { row, etag, deleted }: RemoteRow,
  call: Call,
): PushResult {
  if (deleted) return gone(mutation, call);
  const { id: _, ...value } = row;
  const remote = { version: next(mutation, call), value, ...(etag !== undefined && { etag }) };
  return { id: mutation.id, outcome: 'conflict', row: remote };
}

function gone(mutation: WireMutation, call: Call): PushResult {
  if (mutation.op === 'delete')
    return { id: mutation.id, outcome: 'applied', version: next(mutation, call) };
  const row = { version: next(mutation, call), value: null };
  return { id: mutation.id, outcome: 'conflict', row };
}

/** To be tried again, this one alone. */
function later(mutation: WireMutation, answer: Answer, call: Call, hint?: string): PushResult {
  const said = answer.foreign
    ? `Somebody else than the backend answered, with ${answer.status}.`
    : `The server answered ${answer.status}.`;
  const detail = hint ? `${said} ${hint}` : said;
  const wait = retryAfter(answer.header('retry-after'), call.clock);
  const more = wait === undefined ? {} : { retryAfter: Math.ceil(wait / 1000) };
  return rejected(mutation, clientProblem('unavailable', detail, more));
}

function rejected({ id }: WireMutation, said: Problem): PushResult {
  return { id, outcome: 'rejected', problem: said };
}

/** An entity tag (RFC 9110 §8.8.3); a member's value becomes one. */
function quoted(etag: Etag): string {
  return /^(W\/)?".*"$/.test(`${etag}`) ? `${etag}` : `"${etag}"`;
}

/** Whether it is the row that was sent, with what the server adds. */
function holds(row: JsonObject, sent: JsonObject): boolean {
  return Object.entries(sent).every(([name, member]) => same(row[name], member));
}
