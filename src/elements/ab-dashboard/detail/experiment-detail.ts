import { html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { advise, type Suggestion } from '../../../advisor/index.js';
import type { Experiment } from '../../../experiments/model.js';
import type { Collection } from '../../../sync/types.js';
import { announce } from '../../announce.js';
import { icon } from '../../icons/icon.js';
import {
  check,
  circleAlert,
  circlePause,
  circleStop,
  clock,
  info,
  pencil,
  play,
} from '../../icons/shapes.js';
import { actionsFor, needsConfirmation, patchFor, verdictAction, type Action } from './actions.js';
import { confirmation, type Question } from './confirmation.js';
import { DashboardElement } from '../dashboard-element.js';
import { DecideEvent, type AcceptEvent, type SourceEvent } from '../events.js';
import { beside } from './beside.js';
import { experimentDetailStyles } from './experiment-detail.styles.js';
import { statusPill } from '../status-pill.js';
import { health } from './health.js';
import { overTime, type View } from './over-time.js';
import { variantName, type Report } from '../report.js';
import { formatRoute } from '../route.js';
import { cellOf, scorecard, type Scale } from './scorecard.js';
import { setup } from './setup.js';
import { verdict } from '../verdict.js';

const SIGNS = {
  success: check,
  danger: circleAlert,
  warning: circleAlert,
  accent: clock,
  info,
  neutral: info,
};
const ACTION_ICONS = { start: play, resume: play, pause: circlePause, stop: circleStop };

type Tab = 'results' | 'setup';

/**
 * One experiment: the verdict in words, whether to trust it, the numbers, how they grew, and what
 * to do next. A part of `<bl-ab-dashboard>`.
 *
 * @fires bl-decide - Somebody starts, pauses, stops or ships it.
 */
export class ExperimentDetail extends DashboardElement {
  static override styles = experimentDetailStyles;

  @property({ attribute: false }) report: Report | null = null;
  @property({ type: Boolean }) pending = false;
  /** Where changes go; null makes it read-only. */
  @property({ attribute: false }) collection: Collection<Experiment> | null = null;
  /** The clock, ms since 1970. */
  @property({ attribute: false }) now: () => number = Date.now;

  @state() private tab: Tab = 'results';
  @state() private scale: Scale = 'relative';
  @state() private view: View = 'chart';
  @state() private highlighted: string | null = null;
  @state() private question: Question | null = null;
  @state() private failure = '';

  protected override updated(): void {
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { report, language } = this;
    if (!report) return nothing;
    return html`
      ${this.#header(report)}
      ${this.failure ? html`<p class="failure" role="alert"><bdi>${this.failure}</bdi></p>` : nothing}
      ${this.#verdict(report)} ${health(report, language)} ${this.#tabs()}
      <div
        id="panel"
        role="tabpanel"
        aria-labelledby=${this.tab}
        tabindex=${this.tab === 'setup' ? '0' : '-1'}
      >
        ${this.tab === 'setup' ? setup(report, language) : this.#results(report)}
      </div>
      ${
        this.question
          ? confirmation(this.question, report.experiment, language, (yes) => this.#answer(yes))
          : nothing
      }
    `;
  }

  #header({ experiment, analysis, newer }: Report): TemplateResult {
    const { text, format } = this.language;
    const { key, name, hypothesis, status, plan } = experiment;
    const day =
      status === 'running' || status === 'paused'
        ? ` · ${text.detail.day(
            format.count(analysis.daysRunning + 1),
            plan.plannedDays ? format.count(plan.plannedDays) : null,
          )}`
        : '';
    return html`<div class="head">
      <div class="about">
        <div class="titles">
          <h2 tabindex="-1"><bdi>${name || key}</bdi></h2>
          ${statusPill(status, `${text.status[status] ?? status}${day}`)}
          ${this.pending ? html`<span class="pill warning">${text.pending}</span>` : nothing}
        </div>
        <p class="muted"><bdi>${hypothesis}</bdi></p>
      </div>
      ${
        this.collection && !newer
          ? html`<div class="actions">
              ${actionsFor(experiment).map((action) => this.#button(action))}
              <a class="button" href=${formatRoute({ view: 'edit', key })}
                >${icon(pencil)}${text.detail.edit}</a
              >
            </div>`
          : nothing
      }
    </div>`;
  }

  #button(action: Action): TemplateResult {
    const { detail } = this.language.text;
    const label = { ...detail, ship: '', 'roll-back': detail.rollBack }[action];
    const shape = action in ACTION_ICONS ? ACTION_ICONS[action as keyof typeof ACTION_ICONS] : null;
    return html`<button
      type="button"
      class="button ${action === 'start' ? 'primary' : ''}"
      @click=${() => this.#ask(action, null)}
    >
      ${shape ? icon(shape) : nothing}${label}
    </button>`;
  }

  #verdict(report: Report): TemplateResult {
    const { language } = this;
    const { tone, sentence, why } = verdict(report, language);
    const action = this.collection ? verdictAction(report) : null;
    const { detail } = language.text;
    const variant = report.analysis.variant ?? '';
    return html`<section class="card verdict ${tone}">
      <span class="sign">${icon(SIGNS[tone])}</span>
      <div>
        <p class="sentence"><bdi>${sentence}</bdi></p>
        <p class="muted"><bdi>${why}</bdi></p>
      </div>
      ${
        action
          ? html`<button
              type="button"
              class="button primary"
              @click=${() => this.#ask(action, action === 'ship' ? variant : null)}
            >
              ${
                action === 'ship'
                  ? detail.ship(variantName(report.experiment, variant))
                  : detail.rollBack
              }
            </button>`
          : nothing
      }
    </section>`;
  }

  #tabs(): TemplateResult {
    const { detail } = this.language.text;
    const tabs: Tab[] = ['results', 'setup'];
    return html`<div class="tabs" role="tablist" @keydown=${this.#onTabKey}>
      ${tabs.map(
        (tab) =>
          html`<button
            type="button"
            role="tab"
            id=${tab}
            aria-controls="panel"
            aria-selected=${tab === this.tab ? 'true' : 'false'}
            tabindex=${tab === this.tab ? '0' : '-1'}
            @click=${() => (this.tab = tab)}
          >
            ${detail[tab]}
          </button>`,
      )}
    </div>`;
  }

  #results(report: Report): TemplateResult {
    const { language, scale, highlighted } = this;
    return html`<div class="columns">
      <div class="main">
        ${scorecard(
          report,
          { scale, highlighted, changeScale: (to) => (this.scale = to) },
          language,
        )}
        ${beside(report, language)}
        ${overTime(report, this.view, (view) => (this.view = view), language)}
      </div>
      <bl-ai-suggestions
        .suggestions=${this.#suggestions(report)}
        .metrics=${report.metrics}
        .experiment=${report.experiment.key}
        .phase=${report.experiment.phase}
        .writable=${this.collection !== null}
        .messages=${this.messages}
        @bl-accept=${this.#onAccept}
        @bl-source=${this.#onSource}
      ></bl-ai-suggestions>
    </div>`;
  }

  #suggestions({ experiment, analysis, metrics }: Report): readonly Suggestion[] {
    return advise(analysis, { experiment, metrics });
  }

  #onAccept(event: AcceptEvent): void {
    const { action } = event;
    if (action.kind === 'extend' || action.kind === 'edit') return;
    const { kind, variant = null } = action;
    // The page hears of it later in the same dispatch, and may still cancel it.
    queueMicrotask(() => event.defaultPrevented || this.#ask(kind, variant));
  }

  /** Shows the scorecard's cell that a number comes from, where it is one of its cells. */
  #onSource({ fact }: SourceEvent): void {
    this.highlighted = fact && cellOf(fact);
    if (this.highlighted === null) return;
    this.scale = 'relative';
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector('.highlighted')?.scrollIntoView({ block: 'nearest' });
    });
  }

  #ask(action: Action, variant: string | null): void {
    if (needsConfirmation(action)) this.question = { action, variant };
    else void this.#decide({ action, variant });
  }

  #answer(yes: boolean): void {
    const { question } = this;
    this.question = null;
    if (yes && question) void this.#decide(question);
  }

  async #decide({ action, variant }: Question): Promise<void> {
    const { report, collection } = this;
    if (!report || !collection) return;
    const { experiment } = report;
    const event = new DecideEvent(experiment.key, action, variant);
    if (!this.dispatchEvent(event)) return;
    const { text } = this.language;
    this.failure = '';
    try {
      await collection.update(experiment.id, patchFor(action, experiment, variant, this.now()));
      announce(text.detail.done[action]);
    } catch (error) {
      this.failure = text.writeFailed(error instanceof Error ? error.message : String(error));
    }
  }

  #onTabKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    this.tab = this.tab === 'results' ? 'setup' : 'results';
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`#${this.tab}`)?.focus(),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-experiment-detail': ExperimentDetail;
  }
}
