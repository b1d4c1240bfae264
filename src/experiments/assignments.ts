/**
 * Assignment tokens, where the workspace demands them: the server's word that a unit was given a
 * variant. They are asked for when the configuration is there and kept on this device, so exposures
 * have theirs offline, too. An exposure without one waits for it, here and on the next page.
 *
 * Fetched by the pages that need it. It imports types only: what it shared with the rest would be a
 * file of its own for everybody else.
 */
import type { ExposureEvent } from '../protocol/index.js';
import type { DecisionInputs } from './decide.js';
import type { Decision } from './decision.js';
import type { ExperimentsError, ExperimentsErrorCode } from './error.js';
import type { ConfigSource } from './config.js';

export type Exposure = Omit<ExposureEvent, 'type'>;

/** What is signed. */
export type Met = Pick<ExposureEvent, 'experiment' | 'phase' | 'variant' | 'unit'>;

interface Token {
  assignment: string;
}

interface Waiting {
  exposure: Exposure;
  /** What the server decides by, as JSON. */
  inputs: string;
}

interface Kept {
  /** By what they are for. */
  tokens: Record<string, string>;
  /** By the exposure's id; the oldest first. */
  waiting: Record<string, Waiting>;
}

export interface AssignmentsHost {
  /** Where tokens come from; the cache keeps them under `key`. */
  assignments: ConfigSource;
  key: string;
  /** Whether this unit may be asked about: consent is granted. */
  isAllowed(): boolean;
  /** Writes an exposure with its token; resolves when it is on disk. */
  record(exposure: Exposure): Promise<unknown>;
  now(): number;
  onError(error: ExperimentsError): void;
  /** Makes one. */
  error(code: ExperimentsErrorCode, message: string, options?: ErrorOptions): ExperimentsError;
}

/** Tokens and waiting exposures that are kept at most, each; the oldest go first. */
const MOST = 1_000;
/** ms after a failure in which nothing is asked. */
const PAUSE = 5_000;

export class Assignments {
  #kept: Kept = { tokens: {}, waiting: {} };
  /** Whether the cache has what is kept: one that is full or blocked has not. */
  #isCached = true;
  /** `DecisionInputs` to ask for, as JSON. */
  readonly #wanted = new Set<string>();
  #asking = false;
  #failedAt: number | undefined;

  constructor(private readonly host: AssignmentsHost) {}

  /** Asks for the tokens of what a unit will meet, unless all are there, and for those that wait. */
  want(inputs: DecisionInputs, decisions: readonly Decision[]): void {
    const { tokens } = this.#load();
    const isMissing = decisions.some(
      ({ inExperiment, hashValue: unit, ...met }) =>
        inExperiment && unit !== null && !tokens[nameOf({ ...met, unit })],
    );
    const json = jsonOf(inputs);
    if (isMissing && json !== null) this.#wanted.add(json);
    this.ask();
  }

  /**
   * Records an exposure, now or when its token is there; resolves with its id when it is on disk
   * either way.
   */
  async add(exposure: Exposure, inputs: DecisionInputs): Promise<string> {
    const { id } = exposure;
    const assignment = this.#load().tokens[nameOf(exposure)];
    if (assignment !== undefined) {
      await this.host.record({ ...exposure, assignment });
      return id;
    }
    const json = jsonOf(inputs);
    if (json === null) {
      throw this.host.error(
        'assignments',
        'The server can’t assign by these attributes or groups: they are not JSON.',
      );
    }
    this.#change(({ tokens, waiting }) => ({
      tokens,
      // One that waits since an earlier page was met then.
      waiting: id in waiting ? waiting : last({ ...waiting, [id]: { exposure, inputs: json } }),
    }));
    this.ask();
    return id;
  }

  /** Consent is denied: nothing of this unit stays. */
  forget(): void {
    this.#wanted.clear();
    const { tokens, waiting } = this.#load();
    if (Object.keys({ ...tokens, ...waiting }).length)
      this.#change(() => ({ tokens: {}, waiting: {} }));
  }

  /** Asks for what is missing, if anything; not right after it failed. */
  ask(): void {
    const { isAllowed, now, onError } = this.host;
    if (this.#asking || !isAllowed()) return;
    const passed = this.#failedAt === undefined ? PAUSE : now() - this.#failedAt;
    if (passed >= 0 && passed < PAUSE) return;
    for (const { inputs } of Object.values(this.#load().waiting)) this.#wanted.add(inputs);
    if (!this.#wanted.size) return;
    this.#asking = true;
    void this.#askAll()
      .catch((error: ExperimentsError) => {
        this.#failedAt = now();
        // Being offline is no error: what waits goes on waiting.
        if (error.code !== 'unreachable') onError(error);
      })
      .finally(() => {
        this.#asking = false;
        // Others may wait by now.
        this.ask();
      });
  }

  async #askAll(): Promise<void> {
    for (const inputs of this.#wanted) {
      const assignments = await fetchAssignments(this.host, inputs);
      this.#wanted.delete(inputs);
      if (this.host.isAllowed()) await this.#settle(inputs, assignments);
    }
  }

  async #settle(asked: string, assignments: readonly (Met & Token)[]): Promise<void> {
    const { record, onError, error } = this.host;
    const given = assignments.map((met) => [nameOf(met), met.assignment] as const);
    this.#change(({ tokens, waiting }) => ({
      tokens: last({ ...tokens, ...Object.fromEntries(given) }),
      waiting,
    }));
    const { tokens, waiting } = this.#load();
    for (const [id, { exposure, inputs }] of Object.entries(waiting)) {
      const assignment = tokens[nameOf(exposure)];
      if (assignment !== undefined) await record({ ...exposure, assignment });
      else if (inputs === asked) onError(error('not-assigned', notAssigned(exposure)));
      else continue;
      this.#change((kept) => ({ ...kept, waiting: without(kept.waiting, id) }));
    }
  }

  /** As the cache has it: other tabs change it, too. */
  #load(): Kept {
    if (!this.#isCached) return this.#kept;
    try {
      const { key, assignments: source } = this.host;
      const kept: unknown = JSON.parse(source.cache?.getItem(key) ?? 'null');
      if (isObject(kept) && isObject(kept.tokens) && isObject(kept.waiting))
        this.#kept = kept as unknown as Kept;
    } catch {
      // A cache that is blocked or damaged is no cache.
    }
    return this.#kept;
  }

  #change(change: (kept: Kept) => Kept): void {
    this.#kept = change(this.#load());
    const { key, assignments: source } = this.host;
    try {
      source.cache?.setItem(key, JSON.stringify(this.#kept));
      this.#isCached = source.cache !== undefined;
    } catch {
      this.#isCached = false;
    }
  }
}

/** What the server signs from these `DecisionInputs`. Rejects with an `ExperimentsError`. */
async function fetchAssignments(
  { assignments: source, error: errorOf }: AssignmentsHost,
  inputs: string,
): Promise<(Met & Token)[]> {
  const { url, writeKey } = source;
  const fail = (code: 'assignments' | 'unreachable', why: string, cause?: unknown): never => {
    throw errorOf(code, `Assignments from ${url} ${why}.`, { cause });
  };
  const away = (error: unknown): never => fail('unreachable', 'can’t be had now', error);
  const response = await source
    .fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(writeKey !== undefined && { authorization: `Bearer ${writeKey}` }),
      },
      body: inputs,
    })
    .catch(away);
  if (response.status === 429 || response.status >= 500) away(response.status);
  if (!response.ok) fail('assignments', `were refused with ${response.status}`);
  const text = await response.text().catch(away);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    fail('assignments', 'are not JSON', error);
  }
  if (
    isObject(answer) &&
    Array.isArray(answer.assignments) &&
    answer.assignments.every(isAssignment)
  )
    return answer.assignments;
  return fail('assignments', 'are no list of them');
}

/** As in the protocol: see above why it is not imported. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAssignment(value: unknown): value is Met & Token {
  return isObject(value) && typeof value.assignment === 'string';
}

function notAssigned({ experiment, variant, unit }: Exposure): string {
  return `“${unit}” met “${variant}” of “${experiment}”, which the server does not assign: not recorded.`;
}

function jsonOf(inputs: DecisionInputs): string | null {
  try {
    return JSON.stringify(inputs);
  } catch {
    return null;
  }
}

function nameOf({ experiment, phase, variant, unit }: Met): string {
  return JSON.stringify([experiment, phase, variant, unit]);
}

function last<T>(entries: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).slice(-MOST));
}

function without<T>(entries: Record<string, T>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => name !== key));
}
