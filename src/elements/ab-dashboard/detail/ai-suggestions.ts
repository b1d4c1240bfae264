import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import {
  factOf,
  formatFact,
  type ClaimPart,
  type Fact,
  type Suggestion,
} from '../../../advisor/index.js';
import type { Metric } from '../../../experiments/model.js';
import { announce } from '../../announce.js';
import { icon } from '../../icons/icon.js';
import { check } from '../../icons/shapes.js';
import type { Tone } from '../../theme/tone.js';
import { aiSuggestionsStyles } from './ai-suggestions.styles.js';
import { DashboardElement } from '../dashboard-element.js';
import { dismissedIn, setDismissed } from './dismissals.js';
import { AcceptEvent, DismissEvent, SourceEvent } from '../events.js';
import { formatRoute } from '../route.js';

const TONES: Record<Suggestion['severity'], Tone> = {
  act: 'accent',
  check: 'warning',
  next: 'neutral',
};

/**
 * What to do next, each number a way to where it comes from. A part of `<bl-ab-dashboard>`.
 *
 * @fires bl-accept - An action is taken.
 * @fires bl-dismiss - A suggestion is put away; cancelable.
 * @fires bl-source - A number's source is asked for; `fact` is null when it is closed.
 */
export class AiSuggestions extends DashboardElement {
  static override styles = aiSuggestionsStyles;

  @property({ attribute: false }) suggestions: readonly Suggestion[] = [];
  /** Definitions of the metrics, to write their values. */
  @property({ attribute: false }) metrics: readonly Metric[] = [];
  /** Key of the experiment. */
  @property() experiment = '';
  /** A suggestion that was put away stays so within one phase. */
  @property({ type: Number }) phase = 1;
  /** Offer the actions. */
  @property({ type: Boolean }) writable = false;

  @state() private dismissed: ReadonlySet<string> = new Set();
  /** Put away just now: their places stay, with the way back. */
  @state() private leaving: ReadonlySet<string> = new Set();
  /** `<suggestion>/<fact>` whose source is open. */
  @state() private open = '';

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('experiment') && !changed.has('phase')) return;
    this.dismissed = dismissedIn(this.#scope);
    this.leaving = new Set();
    this.open = '';
  }

  get #scope(): string {
    return `${this.experiment}/${this.phase}`;
  }

  protected override render(): TemplateResult {
    const { text, format } = this.language;
    const { suggestions: words } = text;
    const shown = this.suggestions.filter(
      ({ id }) => !this.dismissed.has(id) || this.leaving.has(id),
    );
    const hidden = this.suggestions.length - shown.length;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head">
        <h3 id="heading">${words.heading}</h3>
        <bdi class="small muted"
          >${shown.length > 0 ? words.from(format.count(shown.length)) : nothing}</bdi
        >
      </div>
      ${
        shown.length === 0
          ? html`<p class="none muted">${icon(check)}${words.none}</p>`
          : html`<ul>
              ${repeat(
                shown,
                ({ id }) => id,
                (suggestion) =>
                  html`<li>
                    ${
                      this.leaving.has(suggestion.id)
                        ? this.#undo(suggestion)
                        : this.#suggestion(suggestion)
                    }
                  </li>`,
              )}
            </ul>`
      }
      ${
        hidden > 0
          ? html`<p class="hidden small muted">
              <bdi>${words.hidden(hidden, format.count(hidden))}</bdi>
              <button type="button" class="link" @click=${this.#showAll}>${words.show}</button>
            </p>`
          : nothing
      }
    </section>`;
  }

  #suggestion(suggestion: Suggestion): TemplateResult {
    const { text } = this.language;
    const { severity, title, claim, confidence } = suggestion;
    const { suggestions: words } = text;
    return html`<div class="title">
        <span class="pill ${TONES[severity]}">${words.severity[severity]}</span>
        <b><bdi>${title}</bdi></b>
      </div>
      <p class="claim muted">
        <bdi>${claim.map((part) => this.#part(suggestion, part))}</bdi>
      </p>
      ${this.#source(suggestion)}
      <div class="actions">
        ${this.writable ? this.#action(suggestion) : nothing}
        <button type="button" class="button ghost" @click=${() => this.#dismiss(suggestion)}>
          ${words.dismiss}
        </button>
        <span class="confidence small muted">${words.confidence[confidence]}</span>
      </div>`;
  }

  #part(suggestion: Suggestion, part: ClaimPart): unknown {
    if (typeof part === 'string') return part;
    if ('name' in part) return html`<bdi>${part.name}</bdi>`;
    const fact = factOf(suggestion, part.fact);
    if (!fact) return '–';
    const id = `${suggestion.id}/${fact.id}`;
    const open = this.open === id;
    return html`<button
      type="button"
      class="link number"
      aria-expanded=${open ? 'true' : 'false'}
      @click=${() => this.#toggle(id, fact)}
    >
      <bdi>${this.#write(fact)}</bdi>
    </button>`;
  }

  #source(suggestion: Suggestion): TemplateResult | typeof nothing {
    const { text, format } = this.language;
    const fact = suggestion.evidence.find(({ id }) => `${suggestion.id}/${id}` === this.open);
    if (!fact) return nothing;
    const inputs = Object.entries(fact.inputs);
    return html`<dl class="source small">
      <div>
        <dt class="muted">${text.suggestions.formula}</dt>
        <dd><bdi>${fact.formula}</bdi></dd>
      </div>
      ${inputs.map(
        ([name, value]) =>
          html`<div>
            <dt class="muted">${name}</dt>
            <dd class="number"><bdi>${format.exact(value)}</bdi></dd>
          </div>`,
      )}
      <div>
        <dt class="muted">${text.suggestions.result}</dt>
        <dd class="number"><bdi>${this.#write(fact)}</bdi></dd>
      </div>
    </dl>`;
  }

  #action({ rule, action }: Suggestion): TemplateResult | typeof nothing {
    if (!action) return nothing;
    const label = this.language.text.suggestions.action[action.kind];
    if (action.kind === 'edit' || action.kind === 'extend') {
      const href = formatRoute({ view: 'edit', key: this.experiment });
      return html`<a class="button" href=${href}>${label}</a>`;
    }
    const accept = () => this.dispatchEvent(new AcceptEvent(this.experiment, rule, action));
    return html`<button type="button" class="button" @click=${accept}>${label}</button>`;
  }

  #undo({ id, title }: Suggestion): TemplateResult {
    const { suggestions: words } = this.language.text;
    return html`<p class="muted">
      <bdi>${words.dismissed(title)}</bdi>
      <button type="button" class="link" @click=${() => this.#restore(id)}>${words.undo}</button>
    </p>`;
  }

  #write(fact: Fact): string {
    return formatFact(this.metrics, this.language.format.locale)(fact);
  }

  #toggle(id: string, fact: Fact): void {
    this.open = this.open === id ? '' : id;
    this.dispatchEvent(new SourceEvent(this.open === '' ? null : fact));
  }

  #dismiss({ id, rule, title }: Suggestion): void {
    if (!this.dispatchEvent(new DismissEvent(this.experiment, rule))) return;
    this.leaving = new Set([...this.leaving, id]);
    this.#remember(new Set([...this.dismissed, id]));
    announce(this.language.text.suggestions.dismissed(title));
    this.#focus(
      '.link',
      this.suggestions.findIndex((one) => one.id === id),
    );
  }

  #restore(id: string): void {
    this.leaving = without(this.leaving, id);
    this.#remember(without(this.dismissed, id));
    this.#focus(
      '.ghost',
      this.suggestions.findIndex((one) => one.id === id),
    );
  }

  #showAll(): void {
    this.leaving = new Set();
    this.#remember(new Set());
    this.#focus('.ghost', 0);
  }

  #remember(dismissed: ReadonlySet<string>): void {
    this.dismissed = dismissed;
    setDismissed(this.#scope, dismissed);
  }

  /** The button that had the focus goes; its place keeps it. */
  #focus(selector: string, index: number): void {
    void this.updateComplete.then(() => {
      const id = this.suggestions[index]?.id;
      const items = [...this.renderRoot.querySelectorAll('li')];
      const shown = this.suggestions.filter(
        (one) => !this.dismissed.has(one.id) || this.leaving.has(one.id),
      );
      const place = items[shown.findIndex((one) => one.id === id)];
      place?.querySelector<HTMLElement>(selector)?.focus();
    });
  }
}

function without(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...set].filter((one) => one !== id));
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-ai-suggestions': AiSuggestions;
  }
}
