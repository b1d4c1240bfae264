import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Observable } from '../../sync/observable.js';
import type { SyncStatus } from '../../sync/types.js';
import { announce } from '../announce.js';
import { BlElement } from '../base.js';
import { IntentEvent, RetryEvent } from '../events.js';
import { icon, type Shape } from '../icons/icon.js';
import {
  circlePause,
  cloudCheck,
  cloudOff,
  cloudUpload,
  gitMerge,
  refreshCw,
  triangleAlert,
} from '../icons/shapes.js';
import { syncStatusMessages } from '../messages.js';
import { RelativeTimeController, relativeTime } from '../relative-time.js';
import { baseStyles } from '../theme/base.styles.js';
import { linkStyles } from '../theme/controls.styles.js';
import { syncStatusStyles } from './sync-status.styles.js';
import { viewOfState, viewOfStatus, type SyncState, type SyncView } from './view.js';

/** Whatever tells its status: a sync engine of ours, or anything with the same face. */
export type SyncSource = Observable<SyncStatus> & { retry?(): Promise<unknown> };

/** The user wants to see the conflicts or the refused changes. */
export class ReviewEvent extends IntentEvent {
  constructor() {
    super('bl-review');
  }
}

const icons: Record<SyncState, Shape> = {
  idle: refreshCw,
  saving: cloudUpload,
  syncing: refreshCw,
  synced: cloudCheck,
  offline: cloudOff,
  paused: circlePause,
  error: triangleAlert,
  conflict: gitMerge,
};

/** What passes by itself has to last so long before it is shown. */
const TRANSIENT_MS = 400;
/** And what is shown has to hold so long before it is said. */
const ANNOUNCE_MS = 1_000;

/**
 * Tells whether the user's work is safe: on this device, and on the server. Give it a `source`,
 * or set the attributes yourself. In the `footer` slot of a sidebar it shrinks with it to an icon.
 *
 * ```html
 * <bl-sync-status state="offline" pending="2" last-synced="2026-11-22T16:04:00Z"></bl-sync-status>
 * ```
 *
 * @slot - Your own words, instead of ours.
 * @slot actions - More to do.
 * @csspart base - Everything.
 * @csspart dot - The icon.
 * @csspart label - The words.
 * @csspart time - When it was last synced.
 * @csspart action - “Retry” or “Review”.
 * @fires {RetryEvent} bl-retry - “Retry” was used. If no listener takes it, `source.retry()` runs.
 * @fires {ReviewEvent} bl-review - “Review” was used.
 */
export class SyncStatusElement extends BlElement<typeof syncStatusMessages> {
  static override styles = [baseStyles, linkStyles, syncStatusStyles];

  /** The state, where there is no `source`. */
  @property() state: SyncState = 'idle';

  /** Changes that the server has not accepted yet. */
  @property({ type: Number }) pending = 0;

  /** Changes that the server refused. */
  @property({ type: Number }) failed = 0;

  /** Changes that met a change of someone else. */
  @property({ type: Number }) conflicts = 0;

  /** When it was last synced: a date and time in ISO 8601. */
  @property({ attribute: 'last-synced' }) lastSynced = '';

  /** Where the status comes from; it rules over the attributes. */
  @property({ attribute: false }) source: SyncSource | null = null;

  /** Show the icon alone; the words stay for screen readers. */
  @property({ type: Boolean, reflect: true }) compact = false;

  /** Say nothing to screen readers when it changes. */
  @property({ type: Boolean }) quiet = false;

  /** Ask before the page is left while something is pending. */
  @property({ type: Boolean }) guard = false;

  @state() private status: SyncStatus | null = null;
  @state() private shown: SyncView | null = null;
  @state() private retrying = false;

  protected readonly defaults = syncStatusMessages;
  #unsubscribe: (() => void) | undefined;
  #transient: ReturnType<typeof setTimeout> | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new RelativeTimeController(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('beforeunload', this.#onLeave);
    this.#subscribe();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('beforeunload', this.#onLeave);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#transient);
    clearTimeout(this.#settling);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('source') && this.isConnected) this.#subscribe();
    this.#settle(this.#view());
  }

  protected override render(): TemplateResult {
    const { state, text } = this.shown ?? this.#view();
    return html`
      <div part="base" class="base">
        <div class="status" role="status" aria-live="off">
          <span part="dot" class="dot ${state}">${icon(icons[state])}</span>
          <span class="words">
            <span part="label" class="label"
              ><slot><bdi>${text}</bdi></slot></span
            >
            ${this.#renderTime()}
          </span>
        </div>
        ${this.#renderAction(state)}
        <slot name="actions"></slot>
      </div>
    `;
  }

  #subscribe(): void {
    this.#unsubscribe?.();
    this.status = null;
    this.#unsubscribe = this.source?.subscribe((status) => (this.status = status));
  }

  #view(): SyncView {
    const messages = { ...this.defaults, ...this.messages };
    return this.status
      ? viewOfStatus(this.status, messages)
      : viewOfState(this.state, this, messages);
  }

  /** A pull that takes 50 ms is nobody's business: what passes by itself is shown if it lasts. */
  #settle(view: SyncView): void {
    const shown = this.shown;
    if (shown?.state === view.state && shown.text === view.text) {
      clearTimeout(this.#transient);
      this.#transient = undefined;
      return;
    }
    const transient = view.state === 'syncing' || view.state === 'saving';
    if (shown && transient && shown.state !== view.state) {
      this.#transient ??= setTimeout(() => this.#show(this.#view()), TRANSIENT_MS);
      return;
    }
    this.#show(view);
  }

  #show(view: SyncView): void {
    clearTimeout(this.#transient);
    this.#transient = undefined;
    const first = this.shown === null;
    this.shown = view;
    clearTimeout(this.#settling);
    if (!first && !this.quiet) this.#settling = setTimeout(() => announce(view.text), ANNOUNCE_MS);
  }

  #renderTime(): unknown {
    const at = this.status ? this.status.lastSyncedAt : Date.parse(this.lastSynced);
    if (at === null || Number.isNaN(at)) return nothing;
    const ago = relativeTime(at, Date.now(), this.locale);
    return html`<time part="time" datetime=${new Date(at).toISOString()}>
      <bdi>${ago === null ? this.message('justNow') : this.message('syncedAgo')(ago)}</bdi>
    </time>`;
  }

  #renderAction(state: SyncState): unknown {
    const { failed, conflicts } = this.status ?? this;
    if (failed > 0 || conflicts > 0) {
      const review = () => this.dispatchEvent(new ReviewEvent());
      return this.#renderButton(this.message('review'), review, false);
    }
    if (state !== 'error') return nothing;
    return this.#renderButton(this.message('retry'), () => void this.#retry(), this.retrying);
  }

  #renderButton(text: string, action: () => void, disabled: boolean): TemplateResult {
    return html`<button
      part="action"
      class="action link"
      type="button"
      aria-disabled=${disabled ? 'true' : nothing}
      @click=${action}
    >
      ${text}
    </button>`;
  }

  async #retry(): Promise<void> {
    if (this.retrying) return;
    const event = new RetryEvent();
    this.dispatchEvent(event);
    this.retrying = true;
    // How the attempt ended is the source's to tell, in the next status.
    await (event.handled ? event.settled : this.source?.retry?.())?.catch(() => undefined);
    this.retrying = false;
  }

  #onLeave = (event: Event): void => {
    if (this.guard && (this.status ?? this).pending > 0) event.preventDefault();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-sync-status': SyncStatusElement;
  }
  interface HTMLElementEventMap {
    'bl-review': ReviewEvent;
  }
}
