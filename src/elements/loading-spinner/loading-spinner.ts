import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { announce } from '../announce.js';
import { BlElement } from '../base.js';
import { loadingSpinnerMessages } from '../messages.js';
import { hasDefaultContent } from '../slotted.js';
import { baseStyles } from '../theme/base.styles.js';
import { loadingSpinnerStyles } from './loading-spinner.styles.js';

/** The indicator appeared or went. */
export class VisibleEvent extends Event {
  constructor(readonly visible: boolean) {
    super('bl-visible');
  }
}

/** Shown at least this long, the end of loading is worth saying aloud. */
const ANNOUNCE_END_MS = 1_000;

/**
 * Shows that something is loading, without a flicker for what is fast: it appears after `delay`
 * and then stays for `min-duration`. Around content it covers that content while `active`.
 *
 * ```html
 * <bl-loading-spinner label="Loading orders"></bl-loading-spinner>
 * <bl-loading-spinner active overlay><table>…</table></bl-loading-spinner>
 * ```
 *
 * @slot - Content that is being loaded. It keeps its size, and is inert while `active`.
 * @slot label - Rich visible label, instead of `label` with `text`.
 * @csspart base - Indicator and label.
 * @csspart indicator - The ring.
 * @csspart label - The visible label.
 * @cssprop --bl-spinner-size - Diameter of the ring; default by `size`.
 * @cssprop --bl-spinner-width - Width of its stroke on a grid of 24; default by `size`.
 * @cssprop --bl-spinner-color - Its colour; default the accent.
 * @cssState wraps - It has content of its own.
 * @fires {VisibleEvent} bl-visible - The indicator appeared or went; does not bubble.
 */
export class LoadingSpinner extends BlElement<typeof loadingSpinnerMessages> {
  static override styles = [baseStyles, loadingSpinnerStyles];

  /** What is loading, for those who cannot see it; default “Loading”. */
  @property() label = '';

  /** Size of the ring: 16, 24 or 40 px. */
  @property({ reflect: true }) size: 's' | 'm' | 'l' = 'm';

  /** Wait so long before it appears, in ms. */
  @property({ type: Number }) delay = 300;

  /** Once it has appeared, stay at least so long, in ms. */
  @property({ type: Number, attribute: 'min-duration' }) minDuration = 500;

  /** The content is loading. Without content it always is. */
  @property({ type: Boolean, reflect: true }) active = false;

  /** Leave the content visible, dimmed, under the indicator. */
  @property({ type: Boolean, reflect: true }) overlay = false;

  /** Progress from 0 to 100; null when nobody knows. */
  @property({ type: Number }) value: number | null = null;

  /** Show the label beside the ring. */
  @property({ type: Boolean, reflect: true }) text = false;

  @state() private visible = false;

  protected readonly defaults = loadingSpinnerMessages;
  readonly #internals = this.attachInternals();
  #busy = false;
  #wraps = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shownAt = 0;
  #focused: HTMLElement | null = null;

  /** Whether the indicator can be seen now. */
  get shown(): boolean {
    return this.visible;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#setBusy(false);
    clearTimeout(this.#timer);
    this.#setVisible(false);
  }

  protected override willUpdate(): void {
    this.#wraps = hasDefaultContent(this);
    if (this.#wraps) this.#internals.states.add('wraps');
    else this.#internals.states.delete('wraps');
    this.#setBusy(this.isConnected && (this.active || !this.#wraps));
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('active') || !this.#wraps) return;
    if (!this.active) {
      // Only where the inert content lost it: the user may have gone elsewhere meanwhile.
      if (document.activeElement === document.body) this.#focused?.focus();
      this.#focused = null;
    }
  }

  protected override render(): TemplateResult {
    const label = this.label || this.message('label');
    const progress = this.value === null ? null : Math.min(100, Math.max(0, this.value));
    return html`
      <div class="content" ?inert=${this.#busy && this.#wraps}>
        <slot @slotchange=${() => this.requestUpdate()}></slot>
      </div>
      ${
        this.#busy || this.visible
          ? html`<div part="base" class="base ${this.visible ? 'visible' : ''}">
              <span
                class="progress"
                role="progressbar"
                aria-label=${label}
                aria-valuemin=${progress === null ? nothing : 0}
                aria-valuemax=${progress === null ? nothing : 100}
                aria-valuenow=${progress ?? nothing}
              >
                <svg
                  part="indicator"
                  class="ring ${progress === null ? 'turning' : ''}"
                  viewBox="0 0 24 24"
                  aria-hidden="true"
                >
                  <circle class="track" cx="12" cy="12" r="10" />
                  <circle
                    class="arc"
                    cx="12"
                    cy="12"
                    r="10"
                    pathLength="100"
                    stroke-dasharray="${progress ?? 28} 100"
                  />
                </svg>
              </span>
              <span part="label" class="label" aria-hidden="true">
                <slot name="label">${this.text ? label : nothing}</slot>
              </span>
            </div>`
          : nothing
      }
    `;
  }

  #setBusy(busy: boolean): void {
    if (busy === this.#busy) return;
    this.#busy = busy;
    if (busy) this.setAttribute('aria-busy', 'true');
    else this.removeAttribute('aria-busy');
    clearTimeout(this.#timer);
    if (busy) {
      this.#keepFocus();
      if (!this.visible) this.#timer = setTimeout(() => this.#appear(), this.delay);
      return;
    }
    if (!this.visible) return;
    const shownFor = Date.now() - this.#shownAt;
    if (shownFor >= ANNOUNCE_END_MS) announce(this.message('loaded'));
    this.#timer = setTimeout(() => this.#setVisible(false), this.minDuration - shownFor);
  }

  #appear(): void {
    this.#shownAt = Date.now();
    this.#setVisible(true);
    announce(this.label || this.message('label'));
  }

  #setVisible(visible: boolean): void {
    if (visible === this.visible) return;
    this.visible = visible;
    this.dispatchEvent(new VisibleEvent(visible));
  }

  /** Content that becomes inert loses focus; it gets it back when it is usable again. */
  #keepFocus(): void {
    const focused = (this.getRootNode() as Document | ShadowRoot).activeElement;
    if (this.#wraps && focused instanceof HTMLElement && focused !== this) {
      this.#focused = this.contains(focused) ? focused : null;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-loading-spinner': LoadingSpinner;
  }
  interface HTMLElementEventMap {
    'bl-visible': VisibleEvent;
  }
}
