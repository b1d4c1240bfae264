/** What stands in the dashboard's place while it has nothing to show, by our own state elements. */
import { html, nothing, type TemplateResult } from 'lit';
import type { RetryEvent } from '../events.js';
import type { DashboardMessages } from './messages.js';
import { formatRoute } from './route.js';
import type { Data } from './source.js';
import { TEMPLATES } from './template-ids.js';

export function loading(text: DashboardMessages): TemplateResult {
  return html`<bl-loading-skeleton
    loading
    shape="table"
    lines="6"
    label=${text.loading}
  ></bl-loading-skeleton>`;
}

/** This device holds no rows and the server does not give any. */
export function unreachable(
  { status, error }: Data,
  text: DashboardMessages,
  retry: (event: RetryEvent) => void,
): TemplateResult {
  const offline = status?.status === 'offline';
  return html`<bl-error-page
    status=${offline ? 'offline' : 'error'}
    heading-level="2"
    heading=${text.unreachable}
    description=${offline ? text.unreachableOffline : text.unreachableWhy}
    retry
    .error=${error}
    @bl-retry=${retry}
  ></bl-error-page>`;
}

/** A part of the page could not be fetched; trying again reloads it, as the error page does. */
export function unloadable(error: unknown, text: DashboardMessages): TemplateResult {
  return html`<bl-error-page
    heading-level="2"
    heading=${text.unloadable}
    .error=${error}
    retry
  ></bl-error-page>`;
}

export function noSuchExperiment(key: string, text: DashboardMessages): TemplateResult {
  return html`<bl-empty-state
    class="card"
    kind="no-data"
    heading=${text.missing}
    description=${text.missingWhy(key)}
  >
    <a slot="actions" href=${formatRoute({ view: 'list' })}>${text.allExperiments}</a>
  </bl-empty-state>`;
}

/** The first run: a question, and templates where something can be created. */
export function noExperiments(writable: boolean, text: DashboardMessages): TemplateResult {
  const to = (template: string | null) => formatRoute({ view: 'new', template });
  return html`<bl-empty-state
    class="card"
    icon="beaker"
    heading=${text.list.emptyHeading}
    description=${writable ? text.list.emptyWhy : text.list.emptyGiven}
  >
    ${
      writable
        ? html`<a slot="actions" data-bl-tone="accent" href=${to(null)}>${text.newExperiment}</a>
            ${TEMPLATES.map(
              (id) => html`<a slot="actions" href=${to(id)}>${text.template[id].title}</a>`,
            )}`
        : nothing
    }
  </bl-empty-state>`;
}
