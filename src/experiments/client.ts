import { judged, MAX_STEPS, refuse } from '../conditions/evaluate.js';
import { addressOf } from './address.js';
import { attempt } from './attempt.js';
import { assignmentsUrl } from './kept-assignments.js';
import { isBot } from './bots.js';
import { cacheKey, localCache, type ConfigSource } from './config.js';
import { Configuration } from './configuration.js';
import type { Attributes, DecisionInputs } from './decide.js';
import type { Decision } from './decision.js';
import { consentedCache } from './device.js';
import { ExperimentsError } from './error.js';
import type { Experiments, ExperimentsOptions } from './experiments.js';
import { forcedHere, keepForced, type Forced } from './forced.js';
import { HandedOverDecisions } from './handed-over.js';
import { atMost, holdLeaving, PATIENCE } from './leaving.js';
import type { ExperimentConfig } from './model.js';
import { Recorder, type Consent } from './recorder.js';
import { decideBy, type Judge } from './rules.js';
import { SNAPSHOT, snapshotOfPage } from './snapshot.js';
import { metHere } from './sticky.js';
import { visitTo } from './visit.js';
import { snapshotOf, snapshotText } from './write-snapshot.js';

/**
 * Decides variants and records what follows, on top of the sync runtime: events are rows, so they
 * survive a reload and a closed laptop, and arrive exactly once.
 */
export function createExperiments(options: ExperimentsOptions): Experiments {
  const { configUrl, now = Date.now, onError = warn, navigate = leave } = options;
  let attributes = options.attributes ?? {};
  let forced: Forced = forcedHere();
  const kept = 'cache' in options ? options.cache : localCache();
  const cache = kept && consentedCache(kept, () => recorder.consent === 'granted');
  const source: Omit<ConfigSource, 'url'> = {
    writeKey: options.writeKey,
    fetch: options.fetch ?? ((...call) => fetch(...call)),
    cache,
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
    sync: options.sync,
    dimensions: options.dimensions,
    visit: () => visitTo(pageAddress()),
    config: () => configuration.current,
    assignments: { ...source, url: assignmentsUrl(options) },
    now,
    onError,
  });
  takeConsent(options.consent ?? 'granted');
  const ready = load();
  // Whoever does not wait for it hears from onError, and sees the control.
  ready.then(begin, onError);
  if ('addEventListener' in globalThis) addEventListener('online', wantAssignments);
  holdLeaving(
    () => (recorder.writes ? recorder.settled() : null),
    (url) => navigate(url, 'assign'),
  );

  async function load(): Promise<void> {
    await configuration.load();
    // What units have met is among the runtime's rows.
    if (configuration.current?.experiments.some(({ sticky }) => sticky))
      await recorder.engine?.ready;
  }

  function begin(): void {
    keep();
    wantAssignments();
    if (handedOver.isForeign(attributes)) {
      onError(
        new ExperimentsError(
          'handed-over',
          'The page hands over decisions about another unit than the attributes name.',
        ),
      );
    }
  }

  /** For the first paint of the next page, of any tab: what would be decided now, were none forced. */
  function keep(): void {
    const { current, rules } = configuration;
    if (!current || recorder.consent !== 'granted') return;
    const snapshot = snapshotOf(current, (one) => {
      const watched = rules?.watchPages(rules.pages, addressOf(pageAddress()), one.urls);
      const decision = decideHere(one, attributes, {}, watched?.pages);
      return { decision, where: watched?.where };
    });
    const text = snapshotText(snapshot);
    attempt(() => (cache?.getItem(SNAPSHOT) ?? '') !== text && cache?.setItem(SNAPSHOT, text));
  }

  function takeConsent(consent: Consent): void {
    recorder.setConsent(consent);
    if (consent === 'granted') cache?.keep();
    if (consent !== 'denied') return;
    for (const key of [SNAPSHOT, cacheKey(configUrl ?? '')]) attempt(() => cache?.removeItem(key));
  }

  function wantAssignments(): void {
    const { current } = configuration;
    if (!current?.assignmentTokens) return;
    recorder.want(
      inputs(),
      current.experiments.map((one) => decideHere(one, attributes)),
    );
  }

  function inputs(unitAttributes?: Attributes): DecisionInputs {
    return {
      attributes: { ...attributes, ...unitAttributes },
      ...(options.groups && { groups: options.groups }),
    };
  }

  function decideHere(
    experiment: ExperimentConfig,
    by: Attributes,
    here = forced,
    pages = configuration.rules?.pages,
  ): Decision {
    const { current, rules } = configuration;
    const testPattern = rules?.testPattern ?? refuse;
    const judge: Judge = (condition, value, { groups = {} }) =>
      judged(condition, value, { groups, testPattern, steps: { left: MAX_STEPS } });
    return decideBy(judge, experiment, by, {
      groups: { ...current?.groups, ...options.groups },
      forced: { ...options.forced, ...here },
      bot: options.bot ?? isBot(),
      url: pageAddress(),
      pages,
      experiments: current?.experiments,
      met: metHere(recorder.engine?.collection('exposures')),
      now: now(),
    });
  }

  function pageAddress(): string {
    return options.url ?? globalThis.location?.href ?? '';
  }

  function peek(key: string, unitAttributes?: Attributes): Decision {
    const found = configuration.current?.experiments.find((experiment) => experiment.key === key);
    const by = { ...attributes, ...unitAttributes };
    const decision = found ? decideHere(found, by) : unknownExperiment(key);
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
      takeConsent(next);
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
