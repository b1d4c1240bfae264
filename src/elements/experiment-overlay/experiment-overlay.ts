import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { Experiments } from '../../experiments/experiments.js';
import type { Decision } from '../../experiments/decision.js';
import { explain } from '../../experiments/explain.js';
import { BlElement } from '../base.js';
import { icon } from '../icons/icon.js';
import { beaker, x } from '../icons/shapes.js';
import { RelativeTimeController, relativeTime } from '../relative-time.js';
import { baseStyles } from '../theme/base.styles.js';
import { buttonStyles, fieldStyles, pillStyles } from '../theme/controls.styles.js';
import { entriesOf, type Entry } from './entries.js';
import { experimentOverlayStyles } from './experiment-overlay.styles.js';
import { experimentOverlayMessages } from './messages.js';

/**
 * For whoever works on a page: which experiments are on it, who the visitor is to them, why they get
 * their variants, and a choice of others, which takes part in nothing. `?bl-debug` in the address
 * brings it, where the page has provided its client (`provideExperiments`).
 *
 * ```html
 * <bl-experiment-overlay open></bl-experiment-overlay>
 * ```
 *
 * @csspart base - The panel.
 * @csspart toggle - The button that the panel closes to.
 */
export class ExperimentOverlay extends BlElement<typeof experimentOverlayMessages> {
  static override styles = [
    baseStyles,
    buttonStyles,
    fieldStyles,
    pillStyles,
    experimentOverlayStyles,
  ];

  /** The client that decides. */
  @property({ attribute: false }) client: Experiments | null = null;

  /** Whether the panel shows, or just its button. */
  @property({ type: Boolean, reflect: true }) open = false;

  @query('.toggle') private toggle!: HTMLElement | null;

  protected readonly defaults = experimentOverlayMessages;
  #unsubscribe: (() => void) | undefined;
  readonly #page = new MutationObserver(() => this.requestUpdate());

  constructor() {
    super();
    new RelativeTimeController(this);
    this.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.open) return;
      event.stopPropagation();
      void this.#close();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#page.observe(this.ownerDocument, {
      subtree: true,
      childList: true,
      attributeFilter: ['variant', 'key'],
    });
    this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#page.disconnect();
    this.#unsubscribe?.();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.#follow();
  }

  protected override render(): unknown {
    const { client } = this;
    if (!client) return nothing;
    const entries = entriesOf(client, this.ownerDocument);
    return this.open ? this.#renderPanel(client, entries) : this.#renderToggle(entries);
  }

  #follow(): void {
    this.#unsubscribe?.();
    const update = (): void => this.requestUpdate();
    this.#unsubscribe = this.client?.subscribe(update);
    this.client?.ready.then(update, update);
  }

  async #close(): Promise<void> {
    this.open = false;
    await this.updateComplete;
    this.toggle?.focus();
  }

  async #show(): Promise<void> {
    this.open = true;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('h2')?.focus();
  }

  #renderToggle(entries: readonly Entry[]): TemplateResult {
    const here = entries.filter(({ places }) => places > 0).length;
    const isForced = entries.some(({ decision }) => decision.reason === 'forced');
    return html`<button
      part="toggle"
      class="toggle ${isForced ? 'forced' : ''}"
      type="button"
      aria-expanded="false"
      @click=${() => void this.#show()}
    >
      ${icon(beaker)}<span class="visually-hidden">${this.message('open')}</span> ${here}
    </button>`;
  }

  #renderPanel(client: Experiments, entries: readonly Entry[]): TemplateResult {
    const here = entries.filter(({ places }) => places > 0);
    const others = entries.filter(({ places }) => places === 0);
    const forced = Object.keys(client.inspect().forced);
    return html`<section part="base" class="panel" aria-labelledby="heading">
      <header>
        <h2 id="heading" tabindex="-1">${icon(beaker)}${this.message('heading')}</h2>
        ${
          forced.length === 0
            ? nothing
            : html`<button
                class="button"
                type="button"
                @click=${() => {
                  for (const key of forced) client.force(key, null);
                }}
              >
                ${this.message('clear')}
              </button>`
        }
        <button
          class="button ghost icon-only"
          type="button"
          aria-label=${this.message('close')}
          @click=${() => void this.#close()}
        >
          ${icon(x)}
        </button>
      </header>
      <div class="body">
        ${this.#renderFacts(client)}
        ${forced.length > 0 ? html`<p class="note">${this.message('forcedNote')}</p>` : nothing}
        ${
          here.length === 0
            ? nothing
            : html`<h3><bdi>${this.message('onPage')}</bdi></h3>
                ${this.#renderList(client, here)}`
        }
        ${
          others.length === 0
            ? nothing
            : html`<details class="others">
                <summary><bdi>${this.message('elsewhere')(others.length)}</bdi></summary>
                ${this.#renderList(client, others)}
              </details>`
        }
        ${entries.length === 0 ? html`<p class="note">${this.message('none')}</p>` : nothing}
      </div>
    </section>`;
  }

  #renderFacts(client: Experiments): TemplateResult {
    const { attributes, consent, config } = client.inspect();
    const entries = Object.entries(attributes);
    return html`<dl>
      <dt>${this.message('attributes')}</dt>
      <dd>
        ${
          entries.length === 0
            ? this.message('noAttributes')
            : entries.map(
                ([name, value]) =>
                  html`<code dir="ltr"
                    ><b>${name}</b> ${JSON.stringify(value) ?? 'undefined'}</code
                  >`,
              )
        }
      </dd>
      <dt>${this.message('consent')}</dt>
      <dd>${this.message('consents')[consent]}</dd>
      <dt>${this.message('config')}</dt>
      <dd>${config ? this.#age(config.fetchedAt) : this.message('noConfig')}</dd>
    </dl>`;
  }

  #age(fetchedAt: number | undefined): string {
    if (fetchedAt === undefined) return this.message('given');
    const ago = relativeTime(fetchedAt, Date.now(), this.locale);
    return ago === null ? this.message('justNow') : this.message('fetched')(ago);
  }

  #renderList(client: Experiments, entries: readonly Entry[]): TemplateResult {
    return html`<ul>
      ${entries.map((entry) => this.#renderEntry(client, entry))}
    </ul>`;
  }

  #renderEntry(client: Experiments, { key, decision, variants, places }: Entry): TemplateResult {
    const forced = client.inspect().forced[key] ?? '';
    const { words, tone } = this.#standing(decision, places > 0);
    const isHandedOver = decision.trace.length === 0 && decision.reason !== 'unknown-experiment';
    const why =
      decision.reason === 'unknown-experiment'
        ? [this.message('unknownWhy')]
        : [...(isHandedOver ? [this.message('handedOver')] : []), ...explain(decision)];
    return html`<li>
      <div class="line">
        <code class="key"><bdi dir="ltr">${key}</bdi></code>
        ${places > 1 ? html`<bdi class="muted">${this.message('places')(places)}</bdi>` : nothing}
        <span class="pill ${tone}">${words}</span>
      </div>
      ${
        variants.length === 0
          ? nothing
          : html`<select
              class="select"
              aria-label=${this.message('show')(key)}
              .value=${live(forced)}
              @change=${(event: Event) =>
                client.force(key, (event.target as HTMLSelectElement).value || null)}
            >
              <option value="" ?selected=${forced === ''}>
                ${this.message('asDecided')}${forced === '' ? html`: ${decision.variant}` : nothing}
              </option>
              ${variants.map(
                (name) => html`<option value=${name} ?selected=${forced === name}>${name}</option>`,
              )}
            </select>`
      }
      <details>
        <summary><bdi>${this.message('why')}</bdi></summary>
        <ol>
          ${why.map((sentence) => html`<li><bdi>${sentence}</bdi></li>`)}
        </ol>
      </details>
    </li>`;
  }

  #standing({ reason, inExperiment }: Decision, isHere: boolean): { words: string; tone: string } {
    if (inExperiment)
      return isHere
        ? { words: this.message('exposed'), tone: 'success' }
        : { words: this.message('wouldBe'), tone: 'info' };
    if (reason === 'forced') return { words: this.message('forced'), tone: 'warning' };
    if (reason === 'override') return { words: this.message('override'), tone: 'warning' };
    if (reason === 'unknown-experiment') return { words: this.message('unknown'), tone: 'danger' };
    return { words: this.message('out'), tone: '' };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-experiment-overlay': ExperimentOverlay;
  }
}
