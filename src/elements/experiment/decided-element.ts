import { ReactiveElement, type PropertyValues } from '@lit/reactive-element';
import { property } from 'lit/decorators/property.js';
import type { Experiments } from '../../experiments/experiments.js';
import type { Decision } from '../../experiments/decision.js';
import { isParsed, layOut, showVariant } from '../../experiments/inline/show-variant.js';
import { warnOnce } from '../warn.js';
import { heldDecision, hold, release } from './held.js';
import { onProvided, providedExperiments } from './provided.js';

/** The variant is in the page, and whoever sees it takes part; does not bubble. */
export class ExposureEvent extends Event {
  constructor(readonly decision: Decision) {
    super('bl-exposure');
  }
}

/**
 * What `<bl-experiment>` and `<bl-flag>` share: they ask the client, show one of their variants, and
 * say that it is shown. They have no box, no role and no look of their own, and take nothing out of
 * the page: what a server has rendered stays. No shadow root either, since the browser would lay out
 * everything inside anew.
 */
export abstract class DecidedElement extends ReactiveElement {
  /** The experiment's key. */
  @property() key = '';

  /** The client to ask; default: the one that `provideExperiments` gives to the page. */
  @property({ attribute: false }) client: Experiments | null = null;

  #decision: Decision | null = null;
  /** The decision of which it was told that it is shown. */
  #exposed: Decision | null = null;
  #following: Experiments | null = null;
  /** Whether the client has a configuration; undefined while that is open. */
  #isConfigured: boolean | undefined;
  #unsubscribe: (() => void) | undefined;
  #stopProvided: (() => void) | undefined;
  #children: MutationObserver | undefined;

  /** The name of the variant that shows. A server that renders one says so in the attribute. */
  get variant(): string | null {
    return this.getAttribute('variant');
  }

  /** What was decided; null before. */
  get decision(): Decision | null {
    return this.#decision;
  }

  /** The payload of the variant that was decided on, as configured. */
  get payload(): unknown {
    return this.#decision?.payload;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    layOut(this.getRootNode() as Document | ShadowRoot);
    this.#children ??= new MutationObserver(this.#decide);
    this.#children.observe(this, { childList: true });
    this.#stopProvided = onProvided(this.#follow);
    // A page that is rendered beforehand has nobody to see it yet.
    document.addEventListener('prerenderingchange', this.#decide);
    if (!isParsed(this))
      document.addEventListener('DOMContentLoaded', this.#decide, { once: true });
    if (this.hasUpdated) this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#children?.disconnect();
    this.#stopProvided?.();
    document.removeEventListener('prerenderingchange', this.#decide);
    document.removeEventListener('DOMContentLoaded', this.#decide);
    // Moving within the page disconnects too.
    queueMicrotask(() => {
      if (!this.isConnected) this.#follow();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('key');
    if (before !== undefined && this.#following) release(this.#following, before, this);
    this.#follow();
  }

  protected override createRenderRoot(): this {
    return this;
  }

  /** The name of the variant that a decision asks for. */
  protected abstract nameOf(decision: Decision): string;

  /** The control's name, where it need not be there; default: the first variant is the control. */
  protected readonly control: string | undefined = undefined;

  readonly #follow = (): void => {
    const client = this.isConnected ? (this.client ?? providedExperiments()) : null;
    if (client !== this.#following) {
      this.#unsubscribe?.();
      if (this.#following) release(this.#following, this.key, this);
      this.#following = client;
      this.#isConfigured = undefined;
      this.#unsubscribe = client?.subscribe(this.#decide);
      const settle = (isConfigured: boolean): void => {
        if (client !== this.#following) return;
        this.#isConfigured = isConfigured;
        this.#decide();
      };
      client?.ready.then(
        () => settle(true),
        () => settle(false),
      );
    }
    if (this.isConnected) this.#decide();
  };

  readonly #decide = (): void => {
    const client = this.#following;
    if (!client || this.#isConfigured === undefined) {
      this.#show(this.variant);
      return;
    }
    const fresh = client.peek(this.key);
    const isAskedFor = fresh.reason === 'forced' || fresh.reason === 'override';
    const held = heldDecision(client, this.key);
    // Somebody else may have signed in.
    const isOthers = fresh.hashValue !== null && fresh.hashValue !== held?.hashValue;
    const isHeld = held !== undefined && !isAskedFor && !isOthers;
    const decision = isHeld ? held : fresh;
    this.#decision = decision;
    if (decision.reason === 'unknown-experiment') {
      if (this.#isConfigured) this.#warnOfUnknown();
      this.#show(this.#isConfigured ? null : this.variant);
      return;
    }
    const name = this.nameOf(decision);
    if (this.#show(name) === name) this.#expose(client, decision, isHeld);
    else this.#warnOfMissing(name);
  };

  #show(name: string | null): string | null {
    const before = this.variant;
    const { control } = this;
    const shown = showVariant(this, name, { isComplete: isParsed(this), control });
    if (shown !== before) {
      for (const inner of this.querySelectorAll('*'))
        if (inner instanceof DecidedElement) inner.#decide();
    }
    return shown;
  }

  #expose(client: Experiments, decision: Decision, isHeld: boolean): void {
    const isSeen =
      !(document as { prerendering?: boolean }).prerendering &&
      !this.parentElement?.closest('bl-variant[hidden]');
    if (!decision.inExperiment || !isSeen || decision === this.#exposed) return;
    if (!isHeld) client.variant(this.key);
    hold(client, decision, this);
    this.#exposed = decision;
    this.dispatchEvent(new ExposureEvent(decision));
  }

  #warnOfUnknown(): void {
    warnOnce(
      this.key === ''
        ? `<${this.localName}> has no key, so it shows its control. Give it the key of an experiment.`
        : `There is no experiment “${this.key}” in the configuration, so <${this.localName}> shows its control. Start it, or correct the key.`,
    );
  }

  #warnOfMissing(name: string): void {
    // What has no children yet is about to have some.
    if (!isParsed(this) || !this.firstElementChild) return;
    warnOnce(
      `<${this.localName} key="${this.key}"> has no variant “${name}”, so it shows its control, and nothing is recorded. Add a <template data-variant="${name}">.`,
    );
  }
}

declare global {
  interface HTMLElementEventMap {
    'bl-exposure': ExposureEvent;
  }
}
