/** How the experiment is set up, to be read. */
import { html, nothing, type TemplateResult } from 'lit';
import { seriesClass } from '../../charts/split-bar.js';
import type { Language } from '../language.js';
import type { Report } from '../report.js';

export function setup({ experiment, metrics }: Report, { text, format }: Language): TemplateResult {
  const { plan, variants, startedAt, stoppedAt } = experiment;
  const { setup } = text;
  const names = (keys: readonly string[]) =>
    keys.map((key) => metrics.find((metric) => metric.key === key)?.name ?? key).join(', ');
  const rows: [string, unknown][] = [
    [setup.key, html`<code>${experiment.key}</code>`],
    [setup.owner, experiment.owner],
    [
      setup.variants,
      html`<ul>
        ${variants.map(
          ({ key, name, weight }, i) =>
            html`<li>
              <span class="swatch ${seriesClass(i)}"></span><bdi>${name || key}</bdi>
              <bdi class="muted number"
                >${format.share(weight)}${i === 0 ? html` · ${setup.control}` : nothing}</bdi
              >
            </li>`,
        )}
      </ul>`,
    ],
    [text.form.primary, names([experiment.metrics.primary])],
    [text.form.secondary, names(experiment.metrics.secondary)],
    [text.form.guardrails, names(experiment.metrics.guardrails)],
    [setup.coverage, setup.coverageOf(format.share(experiment.coverage))],
    [
      setup.plan,
      `${setup.planOf[plan.method] ?? plan.method}; ${setup.planDetail(
        format.share(plan.mde),
        format.share(plan.alpha),
        plan.plannedDays ? format.count(plan.plannedDays) : null,
      )}`,
    ],
    [setup.started, startedAt ? format.date(startedAt) : ''],
    [setup.stopped, stoppedAt ? format.date(stoppedAt) : ''],
    [setup.hash, setup.hashOf(experiment.hashAttribute, String(experiment.hashVersion))],
  ];
  return html`<dl class="card setup">
    ${rows
      .filter(([, value]) => value !== '')
      .map(
        ([label, value]) =>
          html`<div>
            <dt class="muted">${label}</dt>
            <dd>${typeof value === 'string' ? html`<bdi>${value}</bdi>` : value}</dd>
          </div>`,
      )}
  </dl>`;
}
