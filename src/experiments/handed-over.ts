/** The decisions that a page came with: its server's, which it has rendered, so they hold here too. */
import type { Attributes } from './decide.js';
import type { Decision } from './decision.js';
import type { ExperimentConfig, ExperimentsConfig } from './model.js';
import { addressOf } from './address.js';
import { isOf, type Snapshot } from './snapshot.js';

export class HandedOverDecisions {
  /** Experiments that were changed after it was decided. */
  readonly #changed = new Set<string>();

  constructor(private readonly snapshot: Snapshot | null) {}

  /** Whether they are about somebody else. */
  isForeign(attributes: Attributes): boolean {
    return this.snapshot !== null && !isOf(this.snapshot, attributes);
  }

  /**
   * The decision about an experiment as it is configured now (undefined where there is no
   * configuration); undefined where it is to be decided here.
   */
  decision(
    key: string,
    config: ExperimentConfig | undefined,
    attributes: Attributes,
    url: string,
  ): Decision | undefined {
    const { snapshot } = this;
    const handed = snapshot?.decisions.find(({ experiment }) => experiment === key);
    if (!snapshot || !handed || this.#changed.has(key) || this.isForeign(attributes)) return;
    if (config && (config.status !== 'running' || config.phase !== handed.phase)) return;
    // Made for the inline script: here it would be decided the same.
    if (handed.urls) return;
    if (handed.page !== undefined && handed.page !== addressOf(url)) return;
    const { variants, upstream, page: _, ...rest } = handed;
    return {
      ...rest,
      index: Math.max(0, variants.indexOf(handed.variant)),
      metadata: config?.metadata,
      redirect: null,
      hashValue: snapshot.unit[handed.hashAttribute] ?? null,
      upstream: upstream.flatMap((other) =>
        other === key ? [] : (this.decision(other, undefined, attributes, url) ?? []),
      ),
      trace: [],
    };
  }

  /** A configuration has come in which these experiments are others. */
  replace(keys: readonly string[], { etag }: ExperimentsConfig): void {
    if (etag !== undefined && etag === this.snapshot?.config) return;
    for (const key of keys) this.#changed.add(key);
  }
}
