import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { guard } from 'lit/directives/guard.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { announce } from '../../announce.js';
import { icon } from '../../icons/icon.js';
import { search } from '../../icons/shapes.js';
import { DashboardElement } from '../dashboard-element.js';
import { experimentListStyles } from './experiment-list.styles.js';
import { experimentRow, liftDomain } from './experiment-row.js';
import { FILTERS, nextSort, order, select, type Column, type Filter, type Sort } from './order.js';
import type { Domain } from '../../charts/scale.js';
import type { Report } from '../report.js';
import { segments } from '../segments.js';

/** Rows drawn at once; the rest follow frame by frame, so that typing never waits for them. */
const CHUNK = 60;

const COLUMNS: readonly { name: string; column?: Column; end?: true }[] = [
  { name: 'experiment', column: 'name' },
  { name: 'status', column: 'status' },
  { name: 'decision', column: 'decision' },
  { name: 'split' },
  { name: 'exposures', column: 'exposures', end: true },
  { name: 'growth' },
  { name: 'lift', column: 'lift' },
  { name: 'left', column: 'left' },
  { name: 'owner', column: 'owner' },
];

/**
 * The experiments as a table with search, a filter by status and headers that sort; on narrow
 * places a row is a card. A part of `<bl-ab-dashboard>`, useful alone with `.reports`.
 *
 * @csspart toolbar - Search and filter.
 * @csspart table - The table.
 */
export class ExperimentList extends DashboardElement {
  static override styles = experimentListStyles;

  /** What to list; see `Reports`. */
  @property({ attribute: false }) reports: readonly Report[] = [];
  /** Keys of experiments whose last change has not reached the server. */
  @property({ attribute: false }) pending: ReadonlySet<string> = new Set();

  @state() private search = '';
  @state() private filter: Filter = 'all';
  @state() private sort: Sort = null;
  @state() private drawn = CHUNK;
  #shown: readonly Report[] = [];
  #lifts: Domain = [-1, 1];

  protected override willUpdate(changed: PropertyValues): void {
    const { search, filter, sort } = this;
    this.#shown = order(select(this.reports, search, filter), sort, new Intl.Collator(this.locale));
    if (changed.has('reports')) this.#lifts = liftDomain(this.reports);
    if (changed.has('search') || changed.has('filter')) this.drawn = CHUNK;
  }

  protected override updated(): void {
    if (this.drawn >= this.#shown.length) return;
    requestAnimationFrame(() => (this.drawn += CHUNK));
  }

  protected override render(): TemplateResult {
    const { text } = this.language;
    return html`<div class="card">
      <div class="toolbar" part="toolbar">
        <label class="search">
          ${icon(search)}<span class="visually-hidden">${text.list.search}</span>
          <input
            class="input"
            type="search"
            placeholder=${text.list.search}
            autocomplete="off"
            spellcheck="false"
            .value=${live(this.search)}
            @input=${this.#onSearch}
          />
        </label>
        ${segments<Filter>({
          name: 'filter',
          legend: text.list.filter,
          options: FILTERS.map((value) => ({ value, label: text.list.filters[value] })),
          value: this.filter,
          change: (value) => {
            this.filter = value;
            this.#announceFound();
          },
        })}
      </div>
      ${this.#shown.length === 0 ? this.#noResults() : this.#table()}
    </div>`;
  }

  #table(): TemplateResult {
    const { language } = this;
    const { text } = language;
    const lifts = this.#lifts;
    // Roles are spelled out: with `display: grid` or `block`, engines drop a table's own.
    return html`<table role="table" part="table" aria-label=${text.list.label}>
      <thead role="rowgroup">
        <tr role="row">
          ${COLUMNS.map(({ name, column, end }) => this.#header(name, column, end))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          this.#shown.slice(0, this.drawn),
          ({ experiment }) => experiment.id,
          (report) => {
            const pending = this.pending.has(report.experiment.id);
            return guard([report, pending, lifts.join(), text, language.format], () =>
              experimentRow(report, pending, lifts, language),
            );
          },
        )}
      </tbody>
    </table>`;
  }

  #header(name: string, column: Column | undefined, end = false): TemplateResult {
    const { text } = this.language;
    const label = text.list.columns[name as keyof typeof text.list.columns];
    if (!column) return html`<th role="columnheader" class=${name}>${label}</th>`;
    const sorted = this.sort?.column === column ? this.sort : null;
    const direction = sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none';
    return html`<th
      role="columnheader"
      class=${`${name}${end ? ' end' : ''}`}
      aria-sort=${direction}
    >
      <button type="button" @click=${() => (this.sort = nextSort(this.sort, column))}>
        ${label}<span class="arrow" aria-hidden="true"
          >${sorted ? (sorted.descending ? '↓' : '↑') : nothing}</span
        >
      </button>
    </th>`;
  }

  #noResults(): TemplateResult {
    const { text } = this.language;
    return html`<bl-empty-state
      kind="no-results"
      heading=${text.list.noResults}
      description=${text.list.noResultsWhy}
    >
      <button slot="actions" type="button" @click=${this.#showAll}>${text.list.showAll}</button>
    </bl-empty-state>`;
  }

  #onSearch(event: InputEvent): void {
    this.search = (event.currentTarget as HTMLInputElement).value;
    this.#announceFound();
  }

  #showAll(): void {
    this.search = '';
    this.filter = 'all';
    this.renderRoot.querySelector<HTMLElement>('input[type=search]')?.focus();
  }

  /** Says how many are left once the rows are drawn. */
  #announceFound(): void {
    void this.updateComplete.then(() => {
      const { text, format } = this.language;
      const n = this.#shown.length;
      announce(text.list.found(n, format.count(n)));
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-experiment-list': ExperimentList;
  }
}
