import { ReactiveElement, type PropertyValues } from '@lit/reactive-element';
import { property } from 'lit/decorators/property.js';
import type { Experiments } from '../../experiments/experiments.js';
import type { Decision } from '../../experiments/decision.js';
import {
  hasVariant,
  isParsed,
  layOut,
  showVariant,
} from '../../experiments/inline/show-variant.js';
import { warnOnce } from '../warn.js';
import { heldDecision, hold, release } from './held.js';
import { onProvided, providedExperiments } from './provided.js';
import { boxAround, isSeen } from './seen.js';

/** The variant is in the page, and whoever sees it takes part; does not bubble. */
export class ExposureEvent extends Event {
  constructor(readonly decision: Decision) {
    super('bl-exposure');
  }
}

/**
 * What `<bl-experiment>` and `<bl-flag>` share: they ask the client, show one of their variants, and
 * say that it is shown. What was painted before it was decided stays, so that nothing moves under
 * anybody's eyes, and nobody takes part by it: not whoever would have got it either, or else the
 * variants would not be compared on the same visits. They have no box, no role and no look of their own, and take nothing out of
 * the page: what a server has rendered stays. No shadow root either, since the browser would lay out
 * everything inside anew.
 */
export abstract class DecidedElement extends ReactiveElement {
  /** The experiment's key. */
  @property() key = '';

  /** The client to ask; default: the one that `provideExperiments` gives to the page. */
  @property({ attribute: false }) client: Experiments | null = null;

  /**
   * Shows the variant also where another one was painted before it was decided, as on a first visit;
   * the page may move then.
   */
  @property({ type: Boolean }) swap = false;

  #decision: Decision | null = null;
  #shown: string | null = null;
  /** Whether somebody may have seen what shows. The parser's elements are older than this class. */
  #isPainted = this.isConnected;
  /** The decision of which it was told that it is shown. */
  #exposed: Decision | null = null;
  #following: Experiments | null = null;
  /** Whether the client has a configuration; undefined while that is open. */
  #isConfigured: boolean | undefined;
  #unsubscribe: (() => void) | undefined;
  #stopProvided: (() => void) | undefined;
  #children: MutationObserver | undefined;
  /** While somebody would take part who does not see it yet. */
  #awaited: ResizeObserver | undefined;

  /**
   * The name of the variant that shows; null where none was decided, and so the control does. A server
   * that renders one says so in the attribute.
   */
  get variant(): string | null {
    return this.getAttribute('variant');
  }

  /** What was decided; null before, and where it came too late for what was painted. */
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
    this.#isPainted &&= isSeen(this);
    // No frame is made of a page in the background.
    requestAnimationFrame(() => (this.#isPainted ||= this.isConnected && isSeen(this)));
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
    this.#stopWaiting();
    document.removeEventListener('prerenderingchange', this.#decide);
    document.removeEventListener('DOMContentLoaded', this.#decide);
    // Moving within the page disconnects too.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#isPainted = false;
      this.#follow();
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('key');
    // Another question is another answer.
    if (before) this.#isPainted = false;
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
    if (isAskedFor) this.#giveWay(client);
    else if (held === null || (held === undefined && this.#isTooLate(fresh))) {
      hold(client, this.key, null, this);
      this.#decision = null;
      this.#show(this.variant);
      this.#warnOfMissing(this.nameOf(fresh));
      return;
    }
    // Somebody else may have signed in.
    const isOthers = fresh.hashValue !== null && fresh.hashValue !== held?.hashValue;
    const isHeld = !!held && !isAskedFor && !isOthers;
    const decision = isHeld ? held : fresh;
    this.#decision = decision;
    if (decision.reason === 'unknown-experiment') {
      if (this.#isConfigured) this.#warnOfUnknown();
      this.#show(this.#isConfigured && !this.#isKept ? null : this.variant);
      return;
    }
    const name = this.nameOf(decision);
    if (this.#show(name) === name) this.#expose(client, decision, isHeld);
    else this.#warnOfMissing(name);
  };

  /** Whether what shows has to stay, because it may have been seen. */
  get #isKept(): boolean {
    return this.#isPainted && !this.swap;
  }

  /** Whether a decision would change what was seen, or count it although it was not decided then. */
  #isTooLate(decision: Decision): boolean {
    const { inExperiment, reason } = decision;
    if (!this.#isKept || reason === 'unknown-experiment') return false;
    const name = this.nameOf(decision);
    if (name !== this.#shown) return true;
    return inExperiment && (this.variant !== name || this.#decision?.inExperiment === false);
  }

  /** Whoever works on the page sees what they ask for, and afterwards what is decided. */
  #giveWay(client: Experiments): void {
    this.#isPainted = false;
    if (heldDecision(client, this.key) === null) release(client, this.key, this);
  }

  #show(name: string | null): string | null {
    const { control } = this;
    this.#shown = showVariant(this, name, { isComplete: isParsed(this), control });
    return this.#shown;
  }

  #expose(client: Experiments, decision: Decision, isHeld: boolean): void {
    this.#stopWaiting();
    if (!decision.inExperiment || decision === this.#exposed) return;
    if (!isSeen(this)) {
      this.#awaited = new ResizeObserver(() => isSeen(this) && this.#decide());
      this.#awaited.observe(boxAround(this));
      return;
    }
    if (!isHeld) client.variant(this.key);
    hold(client, this.key, decision, this);
    this.#exposed = decision;
    this.dispatchEvent(new ExposureEvent(decision));
  }

  #stopWaiting(): void {
    this.#awaited?.disconnect();
    this.#awaited = undefined;
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
    if (!isParsed(this) || !this.firstElementChild || hasVariant(this, name)) return;
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
