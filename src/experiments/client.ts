import {
  isId,
  type ConversionEvent,
  type ExposureEvent,
  type IdentifyEvent,
  type JsonObject,
} from '../protocol/index.js';
import type { Collection, Row } from '../sync/types.js';
import { Assignments, assignmentsUrl, type Exposure } from './assignments.js';
import { isBot } from './bots.js';
import { cachedConfig, fetchConfig, localCache, type ConfigSource } from './config.js';
import { asUnit, decide, type Attributes, type DecideOptions } from './decide.js';
import type { Decision } from './decision.js';
import { ExperimentsError } from './error.js';
import { exposureId, identifyId } from './event-id.js';
import type { ExperimentsConfig } from './model.js';
import { pages } from './pages.js';
import { metHere } from './sticky.js';

/**
 * `url` is the page's own where it is absent, and `bot` what the browser says (`isBot`).
 */
export interface ExperimentsOptions extends Pick<
  DecideOptions,
  'url' | 'groups' | 'forced' | 'bot'
> {
  /**
   * The engine that events are written to. It needs the entities
   * `exposures: { append: 'keep' }` and `conversions: { append: 'forget' }`, and for `identify`
   * `identifies: { append: 'keep' }`.
   */
  sync: {
    ready: Promise<void>;
    collection<R extends Row>(name: string): Pick<Collection<R>, 'create' | 'get'>;
  };
  /** The experiments; or `configUrl`, e.g. `/v1/config`, to fetch them from. */
  config?: ExperimentsConfig;
  configUrl?: string;
  /**
   * Where assignment tokens come from, if the configuration says that exposures need them. Default:
   * beside `configUrl`, `/v1/assignments` for `/v1/config`.
   */
  assignmentsUrl?: string;
  /** What is known about the unit; `id` is what experiments usually hash. */
  attributes?: Attributes;
  /** A public write key, to fetch the configuration and tokens with. */
  writeKey?: string;
  /** `denied` stores nothing, `pending` holds events in memory until it is decided. */
  consent?: Consent;
  /** Sent with every exposure: page, browser and the like. */
  dimensions?: JsonObject;
  /** Called with an `ExperimentsError` when something in the background fails. */
  onError?: (error: ExperimentsError) => void;
  /** The world, where it is not the platform's own. */
  now?: () => number;
  fetch?: typeof fetch;
  /** Keeps the last configuration and tokens; `localStorage` where there is one. */
  cache?: ConfigSource['cache'];
}

export type Consent = 'granted' | 'denied' | 'pending';

export interface Experiments {
  /** Resolves when there is a configuration: at once, from the cache, or from the network. */
  readonly ready: Promise<void>;
  /**
   * The variant to show, now that it is shown: whoever takes part is recorded, once per device.
   * `unitAttributes` are added to the client's own for this call.
   */
  variant(key: string, unitAttributes?: Attributes): Decision;
  /** The same decision, which nobody is shown: not recorded. */
  peek(key: string, unitAttributes?: Attributes): Decision;
  /**
   * Calls back when a newer configuration has come, with the keys of the experiments that are others
   * now; returns the way out.
   */
  subscribe(callback: (keys: readonly string[]) => void): () => void;
  /**
   * Records that the unit did something that a metric may count. Resolves with the event's id once
   * it is on disk, or with null when consent is denied; rejects with an `ExperimentsError`.
   *
   * @param value in the metric's own unit; counts as 1 when absent
   * @param unit the attribute `id` when absent
   */
  convert(name: string, event?: { value?: number; unit?: string }): Promise<string | null>;
  /**
   * Says that this visitor, so far anonymous, is one that the app knows: what both did counts as
   * `unit`'s, also what came before. Variants go on being decided by the client's attributes: keep
   * the anonymous `id` there, and no variant changes because somebody signs in. Resolves like
   * `convert`, and with null where both are the same; said twice, it is recorded once.
   *
   * @param unit the app's own id of the user
   * @param anonymous the attribute `id` when absent
   */
  identify(unit: string, anonymous?: string): Promise<string | null>;
  /** Replaces what is known about the unit. */
  setAttributes(attributes: Attributes): void;
  /** Decides about events held back so far, and about those to come. */
  setConsent(consent: Consent): void;
  /** Resolves when all events so far are on disk: wait for it before leaving the page. */
  settled(): Promise<void>;
}

type Stored<E> = E extends unknown ? Omit<E, 'type'> : never;

/** Events held back in memory at most; the oldest go first. */
const MAX_HELD = 1_000;

/**
 * Decides variants and records what follows, on top of the sync runtime: events are rows, so they
 * survive a reload and a closed laptop, and arrive exactly once.
 */
export function createExperiments(options: ExperimentsOptions): Experiments {
  const { sync, now = Date.now, dimensions, onError = warn } = options;
  const conversions = sync.collection<Stored<ConversionEvent>>('conversions');

  let attributes = options.attributes ?? {};
  let consent = options.consent ?? 'granted';
  let config = options.config;
  const source: Omit<ConfigSource, 'url'> = {
    writeKey: options.writeKey,
    fetch: options.fetch ?? ((...call) => fetch(...call)),
    cache: 'cache' in options ? options.cache : localCache(),
  };
  const assignments = new Assignments({
    source: { ...source, url: assignmentsUrl(options) },
    isAllowed: () => consent === 'granted',
    record: (exposure) => track(() => append('exposures', exposure)),
    now,
    onError,
  });
  const ready = load();
  // Whoever does not wait for it hears from onError, and sees the control.
  ready.then(wantAssignments, onError);
  if ('addEventListener' in globalThis) addEventListener('online', wantAssignments);

  /** Exposures that are recorded or about to be. */
  const seen = new Set<string>();
  const writing = new Set<Promise<unknown>>();
  const subscribers = new Set<(keys: readonly string[]) => void>();
  const held: { write: () => void; drop: () => void }[] = [];

  async function load(): Promise<void> {
    const url = options.configUrl;
    if (config === undefined && url !== undefined) await fetchInto(url);
    // What units have met is among the runtime's rows.
    if (config?.experiments.some(({ sticky }) => sticky)) await sync.ready;
  }

  async function fetchInto(url: string): Promise<void> {
    config = cachedConfig({ ...source, url });
    const fresh = fetchConfig({ ...source, url }).then((fetched) => {
      const keys = changedKeys(config, fetched);
      config = fetched;
      wantAssignments();
      if (keys.length > 0) for (const told of subscribers) told(keys);
    });
    if (config === undefined) await fresh;
    else fresh.catch(reportUnlessAway);
  }

  /** Being offline is no error behind a configuration that is kept for just that. */
  function reportUnlessAway(error: ExperimentsError): void {
    if (error.code !== 'unreachable') onError(error);
  }

  /** Writes now, later or never, as consent has it; resolves with what the write gives. */
  function record(write: () => Promise<string>): Promise<string | null> {
    if (consent === 'denied') return Promise.resolve(null);
    if (config?.assignmentTokens) assignments.ask();
    if (consent === 'granted') return track(write);
    return new Promise((resolve, reject) => {
      held.push({
        write: () => void track(write).then(resolve, reject),
        drop: () => resolve(null),
      });
      if (held.length > MAX_HELD) held.shift()?.drop();
    });
  }

  function track(write: () => Promise<string>): Promise<string> {
    const written = write().catch((cause: unknown) => {
      if (cause instanceof ExperimentsError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ExperimentsError('not-recorded', `An event was not recorded: ${why}`, { cause });
    });
    const done = written.then(forget, forget);
    writing.add(done);
    function forget(): void {
      writing.delete(done);
    }
    return written;
  }

  /** Tokens of the attributes as they are; beforehand, so that they are there when it is offline. */
  function wantAssignments(): void {
    if (config?.assignmentTokens && consent === 'granted')
      assignments.want(config, attributes, deciding(config));
  }

  async function expose(row: Exposure, by: Attributes): Promise<string> {
    if (!config?.assignmentTokens) return append('exposures', row);
    await sync.ready;
    if (sync.collection('exposures').get(row.id) !== undefined) return row.id;
    return assignments.add(row, by);
  }

  function deciding({ experiments }: ExperimentsConfig): DecideOptions {
    return {
      ...(options.groups && { groups: options.groups }),
      ...(options.forced && { forced: options.forced }),
      bot: options.bot ?? isBot(),
      url: options.url ?? globalThis.location?.href ?? '',
      pages,
      experiments,
      met: metHere(sync.collection('exposures')),
      now: now(),
    };
  }

  function peek(key: string, unitAttributes?: Attributes): Decision {
    const found = config?.experiments.find((experiment) => experiment.key === key);
    return found === undefined
      ? unknownExperiment(key)
      : decide(found, { ...attributes, ...unitAttributes }, deciding(config!));
  }

  /** Records the exposure that a decision is, and those of the experiments it depends on. */
  function meet(decision: Decision, by: Attributes): void {
    for (const other of decision.upstream) meet(other, by);
    const { hashValue: unit, experiment, phase, variant, bucket, hashVersion } = decision;
    if (!decision.inExperiment || unit === null || bucket === null) return;

    const id = exposureId({ experiment, phase, unit, variant });
    if (consent === 'denied' || seen.has(id)) return;
    seen.add(id);
    const row = { id, experiment, phase, variant, unit, at: now(), hashVersion, bucket };
    const exposure = dimensions === undefined ? row : { ...row, dimensions };
    record(() => expose(exposure, by)).then(
      (recorded) => recorded ?? seen.delete(id),
      (error: ExperimentsError) => {
        seen.delete(id);
        onError(error);
      },
    );
  }

  /** Writes a row whose id follows from what it says: once. */
  async function append(
    collection: 'exposures' | 'identifies',
    row: Stored<ExposureEvent | IdentifyEvent>,
  ): Promise<string> {
    await sync.ready;
    const rows = sync.collection<typeof row>(collection);
    if (rows.get(row.id) !== undefined) return row.id;
    try {
      return await rows.create(row);
    } catch (error) {
      // Another tab was faster; the row is the same.
      if ((error as { code?: unknown } | null)?.code === 'already-exists') return row.id;
      throw error;
    }
  }

  return {
    ready,

    variant(key, unitAttributes) {
      const decision = peek(key, unitAttributes);
      meet(decision, { ...attributes, ...unitAttributes });
      return decision;
    },

    peek,

    subscribe(callback) {
      const told = (keys: readonly string[]): void => callback(keys);
      subscribers.add(told);
      return () => void subscribers.delete(told);
    },

    async convert(name, { value, unit: given } = {}) {
      const unit = asUnit(given ?? attributes.id);
      if (!isId(name)) {
        throw new ExperimentsError(
          'invalid-name',
          `“${String(name)}” can’t name a conversion: use 1 to 64 of A–Z, a–z, 0–9, _ and -.`,
        );
      }
      if (value !== undefined && !(Math.abs(value) <= 1e12)) {
        throw new ExperimentsError(
          'invalid-value',
          `A value is a number up to 10¹²; got ${value}.`,
        );
      }
      if (unit === null) {
        throw new ExperimentsError(
          'no-unit',
          'Who converted? Give `unit`, or the attribute `id`: 1 to 128 characters.',
        );
      }
      const row = { name, unit, at: now(), ...(value === undefined ? {} : { value }) };
      return record(() => conversions.create(row));
    },

    async identify(given, anonymous = attributes.id as string) {
      const [unit, from] = [asUnit(given), asUnit(anonymous)];
      if (unit === null || from === null) {
        throw new ExperimentsError(
          'no-unit',
          'Who is who? Give the user, and the attribute `id` or `anonymous`: 1 to 128 characters.',
        );
      }
      if (unit === from) return null;
      const row = { id: identifyId(from, unit), anonymous: from, unit, at: now() };
      return record(() => append('identifies', row));
    },

    setAttributes(next) {
      attributes = next;
      wantAssignments();
    },

    setConsent(next) {
      consent = next;
      if (next === 'pending') return;
      if (next === 'denied') assignments.forget();
      wantAssignments();
      for (const { write, drop } of held.splice(0)) (next === 'granted' ? write : drop)();
    },

    async settled() {
      while (writing.size > 0) await Promise.all(writing);
    },
  };
}

function changedKeys(before: ExperimentsConfig | undefined, now: ExperimentsConfig): string[] {
  const texts = (config?: ExperimentsConfig): Map<string, string> =>
    new Map(config?.experiments.map((one) => [one.key, JSON.stringify(one)]));
  const [old, fresh] = [texts(before), texts(now)];
  return [...new Set([...old.keys(), ...fresh.keys()])].filter(
    (key) => old.get(key) !== fresh.get(key),
  );
}

function unknownExperiment(key: string): Decision {
  return {
    experiment: key,
    phase: 0,
    variant: '',
    index: 0,
    payload: undefined,
    metadata: undefined,
    redirect: null,
    inExperiment: false,
    reason: 'unknown-experiment',
    sticky: false,
    bucket: null,
    hashAttribute: '',
    hashValue: null,
    hashVersion: 0,
    upstream: [],
    trace: [],
  };
}

function warn(error: ExperimentsError): void {
  console.warn(error);
}
