/**
 * Records exposures, conversions and identifies as rows of the sync runtime: on disk before a promise
 * resolves, sent when there is a network, and counted once. Nothing without consent, and with it gone
 * nothing stays.
 */
import {
  isId,
  type ConversionEvent,
  type ExposureEvent,
  type IdentifyEvent,
  type JsonObject,
} from '../protocol/index.js';
import type { Assignments, Exposure } from './assignments.js';
import type { ConfigSource } from './config.js';
import type { DecisionInputs } from './decide.js';
import type { Decision } from './decision.js';
import { EventStore, type Engine, type OwnEngine } from './device.js';
import { ExperimentsError } from './error.js';
import { exposureId, identifyId } from './event-id.js';
import { assignmentsKey, forgetAssignments } from './kept-assignments.js';
import type { ExperimentsConfig } from './model.js';
import { asUnit } from './unit.js';
import { SDK, type Visit } from './visit.js';

/** `denied` stores nothing, `pending` holds events in memory until it is decided. */
export type Consent = 'granted' | 'denied' | 'pending';

export interface RecorderHost {
  sync: Engine | (() => OwnEngine);
  /** Sent with exposures, as far as the workspace declares them. */
  dimensions: JsonObject | undefined;
  visit(): Visit;
  /** The configuration of the moment. */
  config(): ExperimentsConfig | undefined;
  /** Where assignment tokens come from. */
  assignments: ConfigSource;
  now(): number;
  onError(error: ExperimentsError): void;
}

type Stored<E> = E extends unknown ? Omit<E, 'type'> : never;

/** Events held back in memory at most; the oldest go first. */
const MAX_HELD = 1_000;

export class Recorder {
  #consent: Consent = 'pending';
  /** Exposures that are recorded or about to be. */
  readonly #seen = new Set<string>();
  readonly #writing = new Set<Promise<unknown>>();
  /** What waits for consent: written if it is given, else dropped. */
  readonly #held: ((isGiven: boolean) => void)[] = [];
  #assignments: Promise<Assignments> | undefined;
  readonly #store: EventStore;
  /** While what was stored before consent was denied is being deleted; never rejects. */
  #forgetting: Promise<unknown> | undefined;

  constructor(private readonly host: RecorderHost) {
    const { url, cache } = host.assignments;
    this.#store = new EventStore(host.sync, cache, `bytelyst-engine:${url}`);
  }

  /** Tokens of the unit as it is; beforehand, so that they are there when it is offline. */
  want(inputs: DecisionInputs, decisions: readonly Decision[]): void {
    if (this.#consent === 'granted')
      void this.#whenProven((assignments) => assignments.want(inputs, decisions));
  }

  /** Records the exposure that a decision is, and those of the experiments it depends on. */
  meet(decision: Decision, by: DecisionInputs): void {
    for (const other of decision.upstream) this.meet(other, by);
    const { hashValue: unit, experiment, phase, variant, bucket } = decision;
    if (!decision.inExperiment || unit === null || bucket === null) return;

    const id = exposureId({ experiment, phase, unit, variant });
    if (this.#consent === 'denied' || this.#seen.has(id)) return;
    this.#seen.add(id);
    const { hashAttribute, hashVersion, reason, sticky } = decision;
    const dimensions = this.#declared();
    const exposure: Exposure = {
      id,
      experiment,
      phase,
      variant,
      unit,
      at: this.host.now(),
      hashAttribute,
      hashVersion,
      bucket,
      reason,
      sticky,
      ...this.host.visit(),
      sdk: SDK,
      ...(dimensions && { dimensions }),
    };
    const prove = async (): Promise<string> => (await this.#proofs()).add(exposure, by);
    this.#record(() =>
      this.#append('exposures', exposure, this.host.config()?.assignmentTokens ? prove : undefined),
    ).then(
      (recorded) => recorded ?? this.#seen.delete(id),
      (error: ExperimentsError) => {
        this.#seen.delete(id);
        this.host.onError(error);
      },
    );
  }

  /** See `Experiments.convert`; `given` is whom the app names. */
  async convert(
    name: string,
    given: unknown,
    { value, props }: Pick<ConversionEvent, 'value' | 'props'>,
  ): Promise<string | null> {
    if (!isId(name)) {
      throw new ExperimentsError(
        'invalid-name',
        `“${String(name)}” can’t name a conversion: use 1 to 64 of A–Z, a–z, 0–9, _ and -.`,
      );
    }
    if (value !== undefined && !(typeof value === 'number' && Math.abs(value) <= 1e12)) {
      throw new ExperimentsError('invalid-value', `A value is a number up to 10¹²; got ${value}.`);
    }
    const row = {
      name,
      unit: unitOf(given),
      at: this.host.now(),
      ...(value !== undefined && { value }),
      ...(props && { props }),
    };
    return this.#record(async () =>
      this.#store.open().collection<Stored<ConversionEvent>>('conversions').create(row),
    );
  }

  /** See `Experiments.identify`. */
  async identify(given: unknown, from: unknown): Promise<string | null> {
    const [unit, anonymous] = [unitOf(given), unitOf(from)];
    if (unit === anonymous) return null;
    const row = { id: identifyId(anonymous, unit), anonymous, unit, at: this.host.now() };
    return this.#record(() => this.#append('identifies', row));
  }

  get consent(): Consent {
    return this.#consent;
  }

  /** What was recorded on this device, as far as it can be read by now. */
  get engine(): Engine | undefined {
    return this.#store.engine;
  }

  setConsent(consent: Consent): void {
    this.#consent = consent;
    if (consent === 'pending') return;
    if (consent === 'denied') this.#forget();
    else if (!this.#forgetting) this.#store.open();
    else void this.#forgetting.then(() => this.#consent === 'granted' && this.#store.open());
    for (const settle of this.#held.splice(0)) settle(consent === 'granted');
  }

  /** Whether something is on its way to the disk. */
  get writes(): boolean {
    return this.#writing.size > 0;
  }

  /** Resolves when all events so far are on disk. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  /** Deletes what this device has, behind what is being written. */
  #forget(): void {
    forgetAssignments(this.host.assignments);
    if (this.#assignments) void this.#whenProven((assignments) => assignments.forget());
    this.#seen.clear();
    const { onError } = this.host;
    const forgetting = Promise.all([this.#forgetting, ...this.#writing])
      .then(() => this.#store.forget())
      .catch((cause: unknown) => {
        // Where nothing can be stored, nothing is.
        if ((cause as { code?: unknown } | null)?.code === 'unavailable') return;
        const message = 'What was recorded before consent was denied is not deleted.';
        onError(new ExperimentsError('not-forgotten', message, { cause }));
      })
      .finally(() => {
        if (this.#forgetting === forgetting) this.#forgetting = undefined;
      });
    this.#forgetting = forgetting;
  }

  /** The dimensions that the workspace declares; all where the configuration does not say. */
  #declared(): JsonObject | undefined {
    const { host } = this;
    const declared = host.config()?.dimensions;
    const { dimensions } = host;
    if (!declared) return dimensions;
    const known: JsonObject = { ...host.visit(), sdk: SDK, ...dimensions };
    const names = declared.filter((name) => Object.hasOwn(known, name));
    return names.length ? Object.fromEntries(names.map((name) => [name, known[name]!])) : undefined;
  }

  /** Writes now, later or never, as consent has it; resolves with what the write gives. */
  async #record(write: () => Promise<string>): Promise<string | null> {
    if (this.#consent === 'denied') return null;
    if (this.host.config()?.assignmentTokens)
      void this.#whenProven((assignments) => assignments.ask());
    if (this.#consent === 'granted') return this.#track(write);
    return new Promise((resolve) => {
      this.#held.push((isGiven) => resolve(isGiven ? this.#track(write) : null));
      if (this.#held.length > MAX_HELD) this.#held.shift()?.(false);
    });
  }

  #track(write: () => Promise<string>): Promise<string> {
    // What is given after consent was denied and granted again must not be deleted with the rest.
    const done = this.#forgetting ? this.#forgetting.then(write) : write();
    const written = done.catch((cause: unknown) => {
      if (cause instanceof ExperimentsError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ExperimentsError('not-recorded', `An event was not recorded: ${why}`, { cause });
    });
    const settle = (): void => void this.#writing.delete(settled);
    const settled = written.then(settle, settle);
    this.#writing.add(settled);
    return written;
  }

  /** Few workspaces demand tokens: what gets them is fetched when it is needed. */
  #proofs(): Promise<Assignments> {
    const { host } = this;
    this.#assignments ??= import('./assignments.js').then(
      (module) =>
        new module.Assignments({
          ...host,
          key: assignmentsKey(host.assignments.url),
          error: (...made) => new ExperimentsError(...made),
          isAllowed: () => this.#consent === 'granted',
          record: (exposure) => this.#track(() => this.#append('exposures', exposure)),
        }),
    );
    return this.#assignments;
  }

  /** Does it as soon as it can; offline that may be on the next page. */
  #whenProven(act: (assignments: Assignments) => void): Promise<void> {
    return this.#proofs().then(act, () => {
      this.#assignments = undefined;
    });
  }

  /** Writes a row whose id follows from what it says: once. `make` does it in another way. */
  async #append(
    collection: 'exposures' | 'identifies',
    row: Stored<ExposureEvent | IdentifyEvent>,
    make?: () => Promise<string>,
  ): Promise<string> {
    const sync = this.#store.open();
    await sync.ready;
    const rows = sync.collection<typeof row>(collection);
    if (rows.get(row.id) !== undefined) return row.id;
    try {
      return await (make?.() ?? rows.create(row));
    } catch (error) {
      // Another tab was faster; the row is the same.
      if ((error as { code?: unknown } | null)?.code === 'already-exists') return row.id;
      throw error;
    }
  }
}

function unitOf(given: unknown): string {
  const unit = asUnit(given);
  if (unit === null) {
    const message = 'Whose is it? Name the unit, or give the attribute `id`: 1 to 128 characters.';
    throw new ExperimentsError('no-unit', message);
  }
  return unit;
}
