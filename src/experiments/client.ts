import type { ConversionEvent, JsonObject } from '../protocol/index.js';
import { assignmentsUrl } from './kept-assignments.js';
import { isBot } from './bots.js';
import { localCache, type ConfigSource } from './config.js';
import { Configuration } from './configuration.js';
import { decide, type Attributes, type DecideOptions, type DecisionInputs } from './decide.js';
import type { Decision } from './decision.js';
import { ExperimentsError } from './error.js';
import { forcedHere, keepForced, type Forced } from './forced.js';
import { HandedOverDecisions, snapshotOfPage } from './handed-over.js';
import { atMost, holdLinks, PATIENCE } from './leaving.js';
import type { ExperimentsConfig } from './model.js';
import { pages } from './pages.js';
import { Recorder, type Consent, type Engine } from './recorder.js';
import { SNAPSHOT, snapshotText, takeSnapshot, type Snapshot } from './snapshot.js';
import { metHere } from './sticky.js';
import { visitTo } from './visit.js';

/**
 * `url` is the page's own where it is absent, and `bot` what the browser says (`isBot`).
 */
export interface ExperimentsOptions extends Pick<
  DecideOptions,
  'url' | 'groups' | 'forced' | 'bot'
> {
  /**
   * The engine that events are written to. It needs the entities `exposures: { append: 'keep' }`,
   * `conversions: { append: 'forget' }` and `identifies: { append: 'keep' }`.
   */
  sync: Engine;
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
  /**
   * Decisions that a server has made for this page; they hold while it shows it. Default: those in the
   * page (`inlineScript`).
   */
  decisions?: Snapshot | null;
  /** A public write key, to fetch the configuration and tokens with. */
  writeKey?: string;
  /** Default `granted`. See `setConsent`. */
  consent?: Consent;
  /** Browser, country and the like: sent with exposures, as far as the workspace declares them. */
  dimensions?: JsonObject;
  /** Called with an `ExperimentsError` when something in the background fails. */
  onError?: (error: ExperimentsError) => void;
  /** The world, where it is not the platform's own. */
  now?: () => number;
  fetch?: typeof fetch;
  /** Goes to another page, in place of this one (`replace`) or after it. */
  navigate?: (url: string, how: 'replace' | 'assign') => void;
  /** Keeps the last configuration and tokens; `localStorage` where there is one. */
  cache?: ConfigSource['cache'];
}

export type { Consent };

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
   * Calls back when a newer configuration has come, other attributes were given or a variant was
   * forced, with the keys of the experiments that may be decided otherwise now; returns the way out.
   */
  subscribe(callback: (keys: readonly string[]) => void): () => void;
  /**
   * Records that the unit did something that a metric may count. Resolves with the event's id once
   * it is on disk, or with null when consent is denied; rejects with an `ExperimentsError`.
   *
   * @param value in the metric's own unit, up to 10¹² in size; counts as 1 when absent
   * @param unit the attribute `id` when absent
   * @param props up to 20 members more about it, texts of 200 characters at most; exported with it
   */
  convert(
    name: string,
    event?: Pick<ConversionEvent, 'value' | 'props'> & { unit?: string },
  ): Promise<string | null>;
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
  /**
   * From now on events are recorded (`granted`), held in memory (`pending`), or not recorded at all
   * (`denied`). What was held is recorded or dropped as soon as it is decided. Denied, what the
   * device still has is deleted, also what waits to be sent.
   */
  setConsent(consent: Consent): void;
  /** Resolves when all events so far are on disk. Plain links wait for it by themselves. */
  settled(): Promise<void>;
  /**
   * Sends the unit to where the decision redirects it, once its exposure is on disk (and after a
   * second at most); the page is left by `location.replace`. Resolves with whether it redirects.
   */
  redirect(decision: Pick<Decision, 'redirect'>): Promise<boolean>;
  /**
   * Shows a variant in this tab, on its later pages too, without taking part; null ends that. For
   * whoever works on the page: `?bl-debug` does it by hand.
   */
  force(key: string, variant: string | null): void;
  /** What it decides by, for whoever wants to know why. */
  inspect(): Inspection;
}

export interface Inspection {
  attributes: Attributes;
  consent: Consent;
  /** Undefined before there is one. */
  config: ExperimentsConfig | undefined;
  /** Keys of variants by experiment: what `force` and the option of that name ask for. */
  forced: Forced;
}

/**
 * Decides variants and records what follows, on top of the sync runtime: events are rows, so they
 * survive a reload and a closed laptop, and arrive exactly once.
 */
export function createExperiments(options: ExperimentsOptions): Experiments {
  const { sync, configUrl, now = Date.now, onError = warn, navigate = leave } = options;
  let attributes = options.attributes ?? {};
  let forced: Forced = forcedHere();
  const source: Omit<ConfigSource, 'url'> = {
    writeKey: options.writeKey,
    fetch: options.fetch ?? ((...call) => fetch(...call)),
    cache: 'cache' in options ? options.cache : localCache(),
  };
  const configuration = new Configuration({
    given: options.config,
    source: configUrl === undefined ? undefined : { ...source, url: configUrl },
    onFetched(keys) {
      handedOver.replace(keys, configuration.current!);
      keep();
      wantAssignments();
    },
    onError,
  });
  const handedOver = new HandedOverDecisions(
    options.decisions === undefined ? snapshotOfPage() : options.decisions,
  );
  const recorder = new Recorder({
    sync,
    consent: options.consent ?? 'granted',
    dimensions: options.dimensions,
    visit: () => visitTo(pageAddress()),
    config: () => configuration.current,
    assignments: { ...source, url: assignmentsUrl(options) },
    now,
    onError,
  });
  const ready = load();
  // Whoever does not wait for it hears from onError, and sees the control.
  ready.then(begin, onError);
  if ('addEventListener' in globalThis) addEventListener('online', wantAssignments);
  holdLinks(
    () => (recorder.writes ? recorder.settled() : null),
    (url) => navigate(url, 'assign'),
  );

  async function load(): Promise<void> {
    await configuration.load();
    // What units have met is among the runtime's rows.
    if (configuration.current?.experiments.some(({ sticky }) => sticky)) await sync.ready;
  }

  function begin(): void {
    keep();
    wantAssignments();
    if (handedOver.isForeign(attributes)) {
      onError(
        new ExperimentsError(
          'handed-over',
          'The page hands over decisions about another unit: give `createExperiments` the ids that the server decides by.',
        ),
      );
    }
  }

  /** For the first paint of the next page: what would be decided now. */
  function keep(): void {
    const { current } = configuration;
    if (!current || recorder.consent === 'pending') return;
    const text =
      recorder.consent === 'granted'
        ? snapshotText(takeSnapshot(current, attributes, deciding(current)))
        : '';
    try {
      if ((source.cache?.getItem(SNAPSHOT) ?? '') !== text) source.cache?.setItem(SNAPSHOT, text);
    } catch {
      // Full or blocked: the next page begins with the control.
    }
  }

  function wantAssignments(): void {
    const { current } = configuration;
    if (current?.assignmentTokens) recorder.want(current, inputs(), deciding(current));
  }

  function inputs(unitAttributes?: Attributes): DecisionInputs {
    return {
      attributes: { ...attributes, ...unitAttributes },
      ...(options.groups && { groups: options.groups }),
    };
  }

  function deciding({ experiments, groups }: ExperimentsConfig): DecideOptions {
    return {
      groups: { ...groups, ...options.groups },
      forced: { ...options.forced, ...forced },
      bot: options.bot ?? isBot(),
      url: pageAddress(),
      pages,
      experiments,
      met: metHere(sync.collection('exposures')),
      now: now(),
    };
  }

  function pageAddress(): string {
    return options.url ?? globalThis.location?.href ?? '';
  }

  function peek(key: string, unitAttributes?: Attributes): Decision {
    const { current } = configuration;
    const found = current?.experiments.find((experiment) => experiment.key === key);
    const by = { ...attributes, ...unitAttributes };
    const decision =
      found === undefined ? unknownExperiment(key) : decide(found, by, deciding(current!));
    const { reason } = decision;
    return reason === 'override' || reason === 'forced'
      ? decision
      : (handedOver.decision(key, found, by, pageAddress()) ?? decision);
  }

  return {
    ready,

    variant(key, unitAttributes) {
      const decision = peek(key, unitAttributes);
      recorder.meet(decision, inputs(unitAttributes));
      return decision;
    },

    peek,

    subscribe: (callback) => configuration.subscribe(callback),

    convert: (name, event = {}) => recorder.convert(name, event.unit ?? attributes.id, event),

    identify: (unit, anonymous) => recorder.identify(unit, anonymous ?? attributes.id),

    setAttributes(next) {
      attributes = next;
      keep();
      wantAssignments();
      configuration.tell(configuration.current?.experiments.map(({ key }) => key) ?? []);
    },

    setConsent(next) {
      recorder.setConsent(next);
      keep();
      wantAssignments();
    },

    settled: () => recorder.settled(),

    async redirect({ redirect }) {
      if (redirect === null) return false;
      await atMost(PATIENCE, recorder.settled());
      navigate(redirect, 'replace');
      return true;
    },

    force(key, variant) {
      const { [key]: _, ...others } = forced;
      forced = variant === null ? others : { ...others, [key]: variant };
      keepForced(forced);
      keep();
      configuration.tell([key]);
    },

    inspect: () => ({
      attributes,
      consent: recorder.consent,
      config: configuration.current,
      forced: { ...options.forced, ...forced },
    }),
  };
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

function leave(url: string, how: 'replace' | 'assign'): void {
  location[how](url);
}

function warn(error: ExperimentsError): void {
  console.warn(error);
}
