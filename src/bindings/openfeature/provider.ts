import {
  ErrorCode,
  OpenFeatureEventEmitter,
  ProviderEvents,
  ProviderFatalError,
  StandardResolutionReasons as Reasons,
  type EvaluationContext,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
  type TrackingEventDetails,
} from '@openfeature/web-sdk';
import type { Attributes, Decision, Experiments } from '../../experiments/index.js';
import { propsOf } from './props.js';

export interface BytelystProviderOptions {
  /** The tracking client: decides, and records what is evaluated and tracked. */
  experiments: Experiments;
  /**
   * Called when an event that was tracked could not be recorded, or not with all of its details.
   * Default: warns on the console.
   */
  onError?: (error: unknown) => void;
}

/**
 * ByteLyst's experiments as OpenFeature flags, for the web.
 *
 * ```ts
 * await OpenFeature.setProviderAndWait(new BytelystProvider({ experiments }));
 * OpenFeature.getClient().getBooleanValue('checkout-one-page', false);
 * ```
 *
 * A flag is an experiment's key, its value the variant's payload. A variant without one is `true` as
 * a boolean, the control `false`, and its key as a string. The context is added to the client's
 * attributes, `targetingKey` as `id`. Whoever takes part is recorded when a flag is evaluated, unless
 * its value is of another type; `track` records a conversion.
 */
export class BytelystProvider implements Provider {
  readonly metadata = { name: 'bytelyst' } as const;
  readonly runsOn = 'client';
  readonly events = new OpenFeatureEventEmitter();
  readonly #experiments: Experiments;
  readonly #onError: (error: unknown) => void;
  #unsubscribe: (() => void) | undefined;
  /** Whether it waits for a configuration that could not be fetched. */
  #isAway = false;

  constructor({ experiments, onError = (error) => console.warn(error) }: BytelystProviderOptions) {
    this.#experiments = experiments;
    this.#onError = onError;
  }

  /**
   * Rejects where there is no configuration to be had: for good where the server refuses it; else it
   * is ready as soon as one has come.
   */
  async initialize(): Promise<void> {
    const experiments = this.#experiments;
    this.#isAway = false;
    this.#unsubscribe ??= experiments.subscribe((keys) => {
      if (this.#isAway && experiments.inspect().config) {
        this.#isAway = false;
        this.events.emit(ProviderEvents.Ready);
      }
      this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: [...keys] });
    });
    try {
      await experiments.ready;
    } catch (error) {
      if (experiments.inspect().config) return; // It has come since.
      this.#isAway = true;
      const { code, message } = error as Error & { code?: unknown };
      throw code === 'config' ? new ProviderFatalError(message) : error;
    }
  }

  async onClose(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    await this.#experiments.settled();
  }

  resolveBooleanEvaluation(
    key: string,
    fallback: boolean,
    context: EvaluationContext,
  ): ResolutionDetails<boolean> {
    return this.#resolve(key, fallback, context, ({ payload = null, index }) =>
      payload === null ? index > 0 : typeof payload === 'boolean' ? payload : undefined,
    );
  }

  resolveStringEvaluation(
    key: string,
    fallback: string,
    context: EvaluationContext,
  ): ResolutionDetails<string> {
    return this.#resolve(key, fallback, context, ({ payload = null, variant }) =>
      payload === null ? variant : typeof payload === 'string' ? payload : undefined,
    );
  }

  resolveNumberEvaluation(
    key: string,
    fallback: number,
    context: EvaluationContext,
  ): ResolutionDetails<number> {
    return this.#resolve(key, fallback, context, ({ payload }) =>
      typeof payload === 'number' ? payload : undefined,
    );
  }

  resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): ResolutionDetails<T> {
    return this.#resolve(key, fallback, context, ({ payload }) =>
      typeof payload === 'object' && payload !== null ? (payload as T) : undefined,
    );
  }

  track(name: string, { targetingKey }: EvaluationContext, details?: TrackingEventDetails): void {
    const { value, ...rest } = details ?? {};
    const { props, leftOut } = propsOf(rest);
    if (leftOut.length > 0)
      this.#onError(
        new Error(
          `“${name}” is recorded without ${leftOut.join(', ')}: details are up to 20, named by A–Z, a–z, 0–9, _ and -, of 200 characters at most.`,
        ),
      );
    this.#experiments
      .convert(name, {
        ...(value !== undefined && { value }),
        ...(targetingKey !== undefined && { unit: targetingKey }),
        ...(Object.keys(props).length > 0 && { props }),
      })
      .catch(this.#onError);
  }

  /** `read`: the value of a decision; undefined where it is of another type. */
  #resolve<T>(
    key: string,
    fallback: T,
    context: EvaluationContext,
    read: (decision: Decision) => T | undefined,
  ): ResolutionDetails<T> {
    const attributes = attributesOf(context);
    const decision = this.#experiments.peek(key, attributes);
    const { reason, variant, metadata, hashAttribute } = decision;
    const failed = (errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> => ({
      value: fallback,
      reason: Reasons.ERROR,
      errorCode,
      errorMessage,
    });
    if (reason === 'unknown-experiment')
      return this.#experiments.inspect().config
        ? failed(ErrorCode.FLAG_NOT_FOUND, `There is no experiment “${key}”.`)
        : failed(ErrorCode.PROVIDER_NOT_READY, 'There is no configuration yet.');
    if (reason === 'no-unit')
      return hashAttribute === 'id'
        ? failed(ErrorCode.TARGETING_KEY_MISSING, `“${key}” needs a \`targetingKey\`.`)
        : failed(ErrorCode.INVALID_CONTEXT, `“${key}” needs the attribute “${hashAttribute}”.`);
    const value = read(decision);
    if (value === undefined)
      return failed(ErrorCode.TYPE_MISMATCH, `Variant “${variant}” has a value of another type.`);
    this.#experiments.variant(key, attributes);
    return {
      value,
      variant,
      reason: reasonOf(decision),
      ...(metadata && { flagMetadata: metadata }),
    };
  }
}

function attributesOf({ targetingKey, ...attributes }: EvaluationContext): Attributes {
  return targetingKey === undefined ? attributes : { ...attributes, id: targetingKey };
}

/** In OpenFeature's words: a variant that everybody gets is no split. */
function reasonOf({ reason, index, trace }: Decision): string {
  if (reason === 'override' || reason === 'forced') return Reasons.STATIC;
  if (reason === 'not-running') return Reasons.DISABLED;
  if (reason !== 'assigned') return Reasons.DEFAULT;
  const config = trace.map(({ step, detail }) => (step === 'not-running' ? detail : null))[0];
  const isSplit = config?.coverage !== 1 || config.variants[index]?.weight !== 1;
  if (isSplit) return Reasons.SPLIT;
  return config.condition ? Reasons.TARGETING_MATCH : Reasons.STATIC;
}
