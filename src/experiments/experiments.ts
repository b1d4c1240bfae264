/** What the tracking client is asked, and what it is made from. */
import type { ConversionEvent, JsonObject } from '../protocol/index.js';
import type { ConfigSource } from './config.js';
import type { Attributes, DecideOptions } from './decide.js';
import type { Decision } from './decision.js';
import type { ExperimentsError } from './error.js';
import type { Forced } from './forced.js';
import type { ExperimentsConfig } from './model.js';
import type { Engine, OwnEngine } from './device.js';
import type { Consent } from './recorder.js';
import type { Snapshot } from './snapshot.js';

/**
 * `url` is the page's own where it is absent, and `bot` what the browser says (`isBot`).
 */
export interface ExperimentsOptions extends Pick<
  DecideOptions,
  'url' | 'groups' | 'forced' | 'bot'
> {
  /**
   * The engine that events are written to. It needs the entities `exposures: { append: 'keep' }`,
   * `conversions: { append: 'forget' }` and `identifies: { append: 'keep' }`. A function makes one
   * for experiments alone, once consent is granted: before, the device has no database and no id, and
   * `denied` destroys it with all that it has stored.
   */
  sync: Engine | (() => OwnEngine);
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

export interface Experiments {
  /**
   * Resolves when there is a configuration: at once, from the cache, or from the network. Rejects with
   * an `ExperimentsError` where there is none: `config` for good; `unreachable` until the server
   * answers, of which `subscribe` tells.
   *
   * Before, experiments with patterns (`$regex`), pages or redirects show their control and record
   * nothing, also of a `config` that is given: what judges them is fetched where one asks for it.
   */
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
   * it is on disk, or with null when consent is denied, and not before consent is decided; rejects
   * with an `ExperimentsError`.
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
  /**
   * Resolves when all events so far are on disk, but for those that wait for consent. Plain links and
   * forms wait for it by themselves.
   */
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
