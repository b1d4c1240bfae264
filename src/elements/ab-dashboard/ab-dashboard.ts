import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { cache } from 'lit/directives/cache.js';
import { keyed } from 'lit/directives/keyed.js';
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import type { RetryEvent } from '../events.js';
import { icon } from '../icons/icon.js';
import { arrowLeft, plus } from '../icons/shapes.js';
import { RelativeTimeController } from '../relative-time.js';
import { abDashboardStyles } from './ab-dashboard.styles.js';
import { DashboardElement } from './dashboard-element.js';
import { SelectEvent, type SavedEvent } from './events.js';
import type { KeptDraft } from './form/draft.js';
import { OwnEngine } from './own-engine.js';
import { awaitsDecision, type Report } from './report.js';
import type { Reports } from './reports.js';
import { formatRoute, parseRoute, type Route } from './route.js';
import { Source, type Data, type DashboardSync } from './source.js';
import { loading, noExperiments, noSuchExperiment, unloadable, unreachable } from './states.js';

/** What makes the reports is fetched at once, while the rows are. */
const statistics = () => import('./reports.js').then(({ Reports }) => new Reports());

/** Views that are fetched when the page is idle, or at once where they are needed. */
const views = {
  detail: () => import('./detail/index.js').then(({ defineDetail }) => defineDetail()),
  form: () => import('./form/index.js').then(({ defineForm }) => defineForm()),
};

/**
 * Experiments from the first idea to the decision: a list, each one's results with a verdict in
 * words, and a form to create and edit. It works offline, and in three ways: with `src` it keeps
 * a copy of its own on this device, with `.sync` it uses the app's engine, and with
 * `.experiments`, `.metrics` and `.results` it shows what it is given, read-only.
 *
 * ```html
 * <bl-ab-dashboard src="/v1"></bl-ab-dashboard>
 * ```
 *
 * @slot toolbar - Beside the button that creates an experiment.
 * @csspart base - The whole.
 * @fires bl-select - An experiment or the list is opened; cancelable.
 * @fires bl-decide - Somebody starts, pauses, stops or ships one; cancelable.
 * @fires bl-accept - A suggestion's action is taken; cancelable.
 * @fires bl-dismiss - A suggestion is put away; cancelable.
 */
export class AbDashboard extends DashboardElement {
  static override styles = abDashboardStyles;

  /** Where the server's API is, e.g. `/v1`. Makes an engine of its own. */
  @property() src: string | null = null;
  /** Sent as a bearer token with `src`; without it the session cookie is used. */
  @property() token: string | null = null;
  /** Rows to show instead of an engine's. */
  @property({ attribute: false }) experiments: readonly Experiment[] | null = null;
  @property({ attribute: false }) metrics: readonly Metric[] = [];
  @property({ attribute: false }) results: readonly Results[] = [];
  /** Key of the experiment that is open; null in the list. Setting it goes there. */
  @property() selected: string | null = null;
  /** The clock, ms since 1970; for tests and replays. */
  @property({ attribute: false }) now: () => number = Date.now;

  @state() private route: Route = { view: 'list' };
  /** Why the part that draws this view could not be fetched. */
  @state() private unloadable: unknown = null;
  readonly #source = new Source(this);
  #reports: Reports | null = null;
  /** What was asked for last: see `#fetch`. */
  #fetched: Promise<void> | undefined;
  readonly #own = new OwnEngine();
  /** What was typed into forms and left there, of each engine's. */
  readonly #drafts = new WeakMap<object, Map<string, KeptDraft>>();
  #given: DashboardSync | null = null;

  /** The engine in use: the one that was set, else the one of `src`; null without either. */
  @property({ attribute: false })
  get sync(): DashboardSync | null {
    return this.#given ?? this.#own.engine;
  }
  set sync(sync: DashboardSync | null) {
    this.#given = sync;
    this.#connect();
  }

  constructor() {
    super();
    // Days pass while nothing else happens.
    new RelativeTimeController(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.#onHash);
    this.route = parseRoute(location.hash) ?? this.route;
    void this.#fetch(this.route);
    if (this.selected === null) this.selected = keyOf(this.route);
    this.#connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#onHash);
    // Moving within the page disconnects too; the engine only ends with the element.
    queueMicrotask(() => this.#connect());
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('src') || changed.has('token')) this.#connect();
    if (this.experiments) {
      const { experiments, metrics, results } = this;
      this.#source.show({ experiments, metrics, results });
    } else if (changed.has('experiments')) this.#source.follow(this.sync);
    if (changed.has('selected') && this.selected !== keyOf(this.route)) {
      this.#go(this.selected === null ? { view: 'list' } : { view: 'detail', key: this.selected });
    }
  }

  #connect(): void {
    const wanted = this.isConnected && !this.#given ? this.src : null;
    this.#own.follow(wanted, this.token);
    if (!this.experiments) this.#source.follow(this.sync);
  }

  protected override firstUpdated(): void {
    const idle = globalThis.requestIdleCallback ?? setTimeout;
    // Fetched before anybody goes offline; a failure shows when the view is opened.
    idle(() => void Promise.allSettled(Object.values(views).map((fetch) => fetch())));
  }

  /** Resolves once the view of this route can be drawn. */
  #fetch({ view }: Route): Promise<void> {
    const needed = view === 'list' ? null : views[view === 'detail' ? 'detail' : 'form']();
    const reports = this.#reports ?? statistics();
    this.#fetched = Promise.all([reports, needed]).then(
      ([made]) => {
        this.#reports ??= made;
        this.unloadable = null;
        this.requestUpdate();
      },
      (error: unknown) => {
        this.unloadable = error;
      },
    );
    return this.#fetched;
  }

  /** Drawn is what has its numbers. */
  protected override async getUpdateComplete(): Promise<boolean> {
    await this.#fetched;
    return super.getUpdateComplete();
  }

  protected override render(): TemplateResult {
    const { data } = this.#source;
    const route = data.collection ? this.route : reading(this.route);
    const { text } = this.language;
    if (data.state === 'loading') return this.#base(loading(text));
    if (data.state === 'failed' && route.view !== 'new') {
      return this.#base(unreachable(data, text, this.#onRetry));
    }
    const { experiments, metrics, results } = data;
    if (this.unloadable && (route.view !== 'list' || !this.#reports)) {
      return this.#base(unloadable(this.unloadable, text));
    }
    if (!this.#reports) return this.#base(loading(text));
    const { reports, complete } = this.#reports.of(experiments, metrics, results, this.now());
    if (!complete) setTimeout(() => this.requestUpdate());
    if (reports === null) return this.#base(loading(text));
    return this.#base(
      html`${cache(route.view === 'list' ? this.#list(reports, data) : nothing)}
      ${route.view === 'list' ? nothing : this.#place(route, reports, data)}`,
    );
  }

  #base(content: TemplateResult): TemplateResult {
    return html`<div part="base">${content}</div>`;
  }

  #list(reports: readonly Report[], { pending, collection }: Data): TemplateResult {
    const { text, format } = this.language;
    if (reports.length === 0) return noExperiments(collection !== null, text);
    const running = reports.filter(({ experiment }) => experiment.status === 'running').length;
    const waiting = reports.filter(awaitsDecision).length;
    return html`<div class="lead">
        <p class="overview" tabindex="-1">
          <bdi>${text.overview(reports.length, running, waiting, format.count)}</bdi>
        </p>
        <div class="actions">
          <slot name="toolbar"></slot>
          ${
            collection
              ? html`<a class="button primary" href=${formatRoute({ view: 'new', template: null })}
                  >${icon(plus)}${text.newExperiment}</a
                >`
              : nothing
          }
        </div>
      </div>
      <bl-experiment-list
        .reports=${reports}
        .pending=${pending}
        .messages=${this.messages}
      ></bl-experiment-list>`;
  }

  #place(route: Exclude<Route, { view: 'list' }>, reports: readonly Report[], data: Data) {
    const { text } = this.language;
    const { collection, pending } = data;
    const back = html`<nav>
      <a class="back" href=${formatRoute({ view: 'list' })}
        >${icon(arrowLeft)}${text.allExperiments}</a
      >
    </nav>`;
    if (route.view === 'new') {
      return html`${back}${this.#heading(text.form.create)}${this.#form(route, null, data)}`;
    }
    const report = reports.find(({ experiment }) => experiment.key === route.key);
    if (!report) {
      return html`${back}${noSuchExperiment(route.key, text)}`;
    }
    const { experiment, newer } = report;
    return route.view === 'edit' && !newer
      ? html`${back}${this.#heading(text.form.edit(experiment.name || experiment.key))}
        ${this.#form(route, experiment, data)}`
      : html`${back}${keyed(
          route.key,
          html`<bl-experiment-detail
            .report=${report}
            .pending=${pending.has(experiment.id)}
            .collection=${collection}
            .now=${this.now}
            .messages=${this.messages}
          ></bl-experiment-detail>`,
        )}`;
  }

  #form(route: Route, experiment: Experiment | null, data: Data) {
    const place = formatRoute(route);
    return keyed(
      place,
      html`<bl-experiment-form
        .experiment=${experiment}
        .metrics=${data.metrics}
        .taken=${new Set(data.experiments.map(({ key }) => key))}
        .collection=${data.collection}
        .template=${route.view === 'new' ? route.template : null}
        .kept=${this.#draftsOf(data.collection ?? this)}
        .place=${place}
        .now=${this.now}
        .messages=${this.messages}
        @bl-saved=${this.#onSaved}
      ></bl-experiment-form>`,
    );
  }

  #draftsOf(collection: object): Map<string, KeptDraft> {
    let drafts = this.#drafts.get(collection);
    if (!drafts) this.#drafts.set(collection, (drafts = new Map()));
    return drafts;
  }

  #heading(words: string): TemplateResult {
    return html`<h2 tabindex="-1"><bdi>${words}</bdi></h2>`;
  }

  readonly #onRetry = (event: RetryEvent): void => {
    if (this.sync) event.waitUntil(this.sync.fullSync());
  };

  #onSaved(event: SavedEvent): void {
    // Whoever left the form before the row was on disk stays where they went.
    const here = parseRoute(location.hash);
    const left = here === null || formatRoute(here) !== formatRoute(this.route);
    if (left || !(event.target as Element).isConnected) return;
    this.#go({ view: 'detail', key: event.key });
  }

  #go(route: Route): void {
    location.hash = formatRoute(route);
  }

  readonly #onHash = (): void => {
    const next = parseRoute(location.hash);
    if (next === null || formatRoute(next) === formatRoute(this.route)) return;
    const key = keyOf(next);
    if (key !== keyOf(this.route) && !this.dispatchEvent(new SelectEvent(key))) {
      history.replaceState(history.state, '', formatRoute(this.route));
      return;
    }
    const previous = this.selected;
    this.route = next;
    this.selected = key;
    void this.#focusView(previous);
  };

  /** A new view begins at its heading, for the eye, the keyboard and the screen reader. */
  async #focusView(previous: string | null): Promise<void> {
    const { route } = this;
    await this.#fetch(route);
    await this.updateComplete;
    // Whoever went on while the view was fetched has the focus elsewhere by now.
    if (route !== this.route) return;
    const part = this.renderRoot.querySelector('bl-experiment-detail, bl-experiment-list');
    if (part instanceof DashboardElement) await part.updateComplete;
    const href = previous === null ? null : formatRoute({ view: 'detail', key: previous });
    const target =
      this.#find(part, href && `a[href="${href}"]`) ??
      this.#find(part, 'h2') ??
      this.renderRoot.querySelector<HTMLElement>('h2, .overview');
    target?.focus();
  }

  #find(part: Element | null, selector: string | null): HTMLElement | null {
    return selector ? (part?.shadowRoot?.querySelector<HTMLElement>(selector) ?? null) : null;
  }
}

/** Where rows can only be read, a form's address shows what it would have changed. */
function reading(route: Route): Route {
  if (route.view === 'edit') return { view: 'detail', key: route.key };
  return route.view === 'new' ? { view: 'list' } : route;
}

function keyOf(route: Route): string | null {
  return route.view === 'detail' || route.view === 'edit' ? route.key : null;
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-ab-dashboard': AbDashboard;
  }
}
