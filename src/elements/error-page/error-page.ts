import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { announce } from '../announce.js';
import { BlElement } from '../base.js';
import { IntentEvent, NavigateEvent, RetryEvent } from '../events.js';
import { headingOf } from '../heading.js';
import { icon } from '../icons/icon.js';
import { errorPageMessages } from '../messages.js';
import { hasSlotted } from '../slotted.js';
import { actionsStyles } from '../theme/actions.styles.js';
import { baseStyles } from '../theme/base.styles.js';
import { buttonStyles, linkStyles } from '../theme/controls.styles.js';
import { stateStyles } from '../theme/state.styles.js';
import { errorPageStyles } from './error-page.styles.js';
import { readFailure, reportOf, type Failure } from './failure.js';
import { presetOf } from './presets.js';
import { RetryCountdown } from './retry-countdown.js';

/** The user copies the report. Cancel it to do something else with `text`. */
export class CopyEvent extends IntentEvent {
  constructor(readonly text: string) {
    super('bl-copy');
  }
}

/**
 * Says what went wrong, that nothing is lost, and what to do next. `status` brings icon and
 * words; `error` (an Error, a problem+json object or a Response) brings the rest.
 *
 * ```html
 * <bl-error-page status="503" retry retry-after="8" home-href="/"></bl-error-page>
 * ```
 *
 * @slot icon - Your own symbol.
 * @slot heading - Your own heading element, instead of `heading`.
 * @slot description - Your own paragraph, instead of `description`.
 * @slot - More below the description.
 * @slot actions - Your own buttons and links, after ours.
 * @slot details - What helps those who look for the cause.
 * @slot support - How to reach a person.
 * @csspart base - Everything.
 * @csspart icon - The symbol's tile.
 * @csspart heading - The heading.
 * @csspart description - The paragraph.
 * @csspart countdown - The line that counts down to the next attempt.
 * @csspart actions - The row of actions.
 * @csspart retry - The button that tries again.
 * @csspart details - The disclosure with the report.
 * @csspart copy - The button that copies the report.
 * @fires {RetryEvent} bl-retry - Another attempt is due. Call `event.waitUntil(promise)`; if no
 *   listener does, nor cancels it, the page reloads.
 * @fires {CopyEvent} bl-copy - The report is copied; cancelable.
 * @fires {NavigateEvent} bl-navigate - A link or “Go back” was used; cancelable.
 */
export class ErrorPage extends BlElement<typeof errorPageMessages> {
  static override styles = [
    baseStyles,
    stateStyles,
    buttonStyles,
    linkStyles,
    actionsStyles,
    errorPageStyles,
  ];

  /** HTTP status, `offline`, `timeout` or `maintenance`; default from `error`. */
  @property() status = '';

  /** What happened; default by `status`. */
  @property() heading = '';

  /** What to do; default by `status` where `heading` is not given either. */
  @property() description = '';

  /** Level of the heading, 1–6. */
  @property({ type: Number, attribute: 'heading-level' }) headingLevel = 1;

  /** What support needs to find it; default the problem's `instance`. */
  @property({ attribute: 'error-id' }) errorId = '';

  /** Offer another attempt; one is made by itself when the network comes back. */
  @property({ type: Boolean }) retry = false;

  /** Try again by itself after so many seconds. */
  @property({ type: Number, attribute: 'retry-after' }) retryAfter: number | null = null;

  /** Offer the way to the start page. */
  @property({ attribute: 'home-href' }) homeHref = '';

  /** Offer the way back. */
  @property({ type: Boolean }) back = false;

  /** Show the report from the start. */
  @property({ type: Boolean, attribute: 'details-open' }) detailsOpen = false;

  /** Show the error's stack in the report; for development. */
  @property({ type: Boolean }) stack = false;

  /** What was caught. */
  @property({ attribute: false }) error: unknown = null;

  /** Whether an attempt runs. */
  @property({ type: Boolean, reflect: true }) pending = false;

  @state() private copied = false;
  @query('[part=heading]') private headingElement!: HTMLElement | null;

  protected readonly defaults = errorPageMessages;
  #failure: Failure = readFailure(null);
  readonly #countdown = new RetryCountdown(
    this,
    () => void this.tryAgain(),
    () => this.#retries,
  );

  /** Makes an attempt, as the button does. Resolves when it is over, however it ends. */
  async tryAgain(): Promise<void> {
    if (this.pending) return;
    this.#countdown.start(null);
    const event = new RetryEvent();
    this.dispatchEvent(event);
    if (!event.handled) {
      location.reload();
      return;
    }
    this.pending = true;
    await event.settled.catch(() => undefined);
    this.pending = false;
    if (this.isConnected) this.#countdown.start(this.retryAfter);
  }

  /** Moves focus to the heading: call it when the user came here, not when the page loads so. */
  focusHeading(): void {
    const slotted = this.querySelector<HTMLElement>(':scope > [slot=heading]');
    if (slotted && !slotted.hasAttribute('tabindex')) slotted.tabIndex = -1;
    (slotted ?? this.headingElement)?.focus();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('error')) this.#failure = readFailure(this.error);
    if (changed.has('retryAfter')) this.#countdown.start(this.retryAfter);
  }

  protected override render(): TemplateResult {
    const [shape, tone] = presetOf(this.#status());
    const [heading, description] = this.#words();
    return html`
      <section part="base" class="base">
        <div part="icon" class="symbol ${tone}"><slot name="icon">${icon(shape)}</slot></div>
        <slot name="heading">${headingOf(this.headingLevel, heading)}</slot>
        <slot name="description"><p part="description">${description}</p></slot>
        ${this.#renderCountdown()}
        <div class="body">${this.renderMore()}<slot></slot></div>
        <div part="actions" class="actions">
          ${this.#renderRetry()}
          ${
            this.back
              ? html`<button class="button" type="button" @click=${this.#goBack}>
                  ${this.message('back')}
                </button>`
              : nothing
          }
          ${
            this.homeHref
              ? html`<a
                  class="button ${this.#retries ? '' : 'primary'}"
                  href=${this.homeHref}
                  @click=${this.navigate}
                >
                  ${this.message('home')}
                </a>`
              : nothing
          }
          <slot name="actions"></slot>
        </div>
        ${this.#renderDetails()}
        <slot name="support"></slot>
      </section>
    `;
  }

  /** What a page of its own kind shows below the description. */
  protected renderMore(): unknown {
    return nothing;
  }

  /** A click on one of our links, offered to the app's router first. */
  protected navigate(event: MouseEvent): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const href = (event.currentTarget as HTMLAnchorElement).getAttribute('href');
    if (!this.dispatchEvent(new NavigateEvent(href))) event.preventDefault();
  }

  get #retries(): boolean {
    return this.retry || this.retryAfter !== null;
  }

  #status(): string {
    return this.status || this.#failure.status || 'error';
  }

  #words(): [heading: string, description: string] {
    if (this.heading) return [this.heading, this.description];
    const statuses = this.message('statuses');
    const [heading, description] = statuses[this.#status()] ?? statuses['error'] ?? ['', ''];
    return [heading, this.description || description];
  }

  #renderCountdown(): unknown {
    const { left, paused } = this.#countdown;
    if (left === null) return nothing;
    return html`<p part="countdown" class="countdown">
      <span role="timer">${this.message('retryIn')(left)}</span>
      <button class="link" type="button" @click=${() => this.#countdown.togglePause()}>
        ${this.message(paused ? 'resume' : 'pause')}
      </button>
    </p>`;
  }

  #renderRetry(): unknown {
    if (!this.#retries) return nothing;
    const idle = this.#countdown.left === null ? 'retry' : 'retryNow';
    return html`<button
      part="retry"
      class="button primary"
      type="button"
      aria-disabled=${this.pending ? 'true' : nothing}
      @click=${() => void this.tryAgain()}
    >
      ${this.message(this.pending ? 'retrying' : idle)}
    </button>`;
  }

  #renderDetails(): TemplateResult {
    const id = this.errorId || this.#failure.id;
    const facts = [
      /^\d+$/.test(this.#status()) ? this.#status() : '',
      id && this.message('report')(id),
    ].filter(Boolean);
    const { message, stack } = this.#failure;
    const text = [message, this.stack ? stack : ''].filter(Boolean).join('\n\n');
    return html`<details
      part="details"
      ?open=${this.detailsOpen}
      ?hidden=${!id && !text && !hasSlotted(this, 'details')}
    >
      <summary>${facts.join(' · ') || this.message('details')}</summary>
      <div class="report">
        <slot name="details" @slotchange=${() => this.requestUpdate()}></slot>
        ${text ? html`<pre>${text}</pre>` : nothing}
        <button part="copy" class="link" type="button" @click=${() => void this.#copy()}>
          ${this.message(this.copied ? 'copied' : 'copy')}
        </button>
      </div>
    </details>`;
  }

  async #copy(): Promise<void> {
    const [heading] = this.#words();
    const shown = { heading, status: this.#status(), id: this.errorId || this.#failure.id };
    const text = reportOf(this.#failure, shown, new Date());
    if (!this.dispatchEvent(new CopyEvent(text))) return;
    await navigator.clipboard.writeText(text);
    this.copied = true;
    announce(this.message('copied'));
  }

  #goBack(): void {
    if (this.dispatchEvent(new NavigateEvent(null))) history.back();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-error-page': ErrorPage;
  }
  interface HTMLElementEventMap {
    'bl-copy': CopyEvent;
  }
}
