/** One line of the list: an experiment at a glance. */
import { html, nothing, type TemplateResult } from 'lit';
import { interval } from '../charts/interval.js';
import { axis } from '../charts/scale.js';
import { sparkline } from '../charts/sparkline.js';
import { splitBar } from '../charts/split-bar.js';
import type { ExperimentStatus } from '../../experiments/model.js';
import type { Language } from './language.js';
import { headline, planInterval, type Report } from './report.js';
import { formatRoute } from './route.js';
import { comparisonTone, decisionTone, decisionWord } from './verdict.js';

/** One axis for all rows, so that lifts can be compared down the column: ±12 %. */
const LIFTS = axis([-0.12, 0.12]).domain;

export function experimentRow(
  report: Report,
  pending: boolean,
  language: Language,
): TemplateResult {
  const { text, format } = language;
  const { experiment, analysis } = report;
  const { key, name, owner, status, variants } = experiment;
  const columns = text.list.columns;
  return html`<tr role="row">
    <th role="rowheader" scope="row" class="experiment">
      <a href=${formatRoute({ view: 'detail', key })}><bdi>${name || key}</bdi></a>
      <span class="key"><bdi>${key}</bdi></span>
      ${pending ? html`<span class="pill warning">${text.pending}</span>` : nothing}
    </th>
    <td role="cell" class="status">${statusPill(status, text.status[status])}</td>
    <td role="cell" class="decision">
      <span class="pill ${decisionTone(report)}">${decisionWord(report, language)}</span>
    </td>
    <td role="cell" class="split" data-label=${columns.split}>
      ${splitBar(
        variants.map(({ weight }) => weight),
        text.list.splitOf(
          variants.map((v) => `${v.name || v.key} ${format.percent(v.weight)}`).join(', '),
        ),
      )}
    </td>
    <td role="cell" class="exposures end" data-label=${columns.exposures}>
      ${format.count(analysis.units)}
    </td>
    <td role="cell" class="growth" data-label=${columns.growth}>
      ${sparkline(cumulative(analysis.unitsByDay))}
    </td>
    <td role="cell" class="lift" data-label=${columns.lift}>${liftOf(report, language)}</td>
    <td role="cell" class="left" data-label=${columns.left}>${leftOf(report, language)}</td>
    <td role="cell" class="owner" data-label=${columns.owner}><bdi>${owner}</bdi></td>
  </tr>`;
}

export function statusPill(status: ExperimentStatus, words: string): TemplateResult {
  const tone = status === 'running' ? 'accent' : status === 'paused' ? 'warning' : '';
  return html`<span class="pill ${tone}">${words}</span>`;
}

function liftOf(report: Report, { text, format }: Language): TemplateResult {
  const comparison = headline(report);
  if (!comparison || report.analysis.units === 0) {
    return html`<span class="muted">${text.list.noData}</span>`;
  }
  if (comparison.lift === null) {
    return html`<span class="muted">${text.list.notComputable}</span>`;
  }
  const bounds = planInterval(report, comparison);
  const lift = format.lift(comparison.lift);
  const untrusted = report.analysis.decision === 'untrustworthy';
  return html`${interval({
      domain: LIFTS,
      value: comparison.lift,
      inner: comparison.liftInterval,
      outer: comparison.sequentialLiftInterval,
      tone: untrusted ? 'neutral' : comparisonTone(comparison),
      label: text.lift.spoken(
        lift,
        bounds && text.lift.between(format.lift(bounds[0]), format.lift(bounds[1])),
      ),
    })}<span class="number" aria-hidden="true">${lift}</span>`;
}

function leftOf({ experiment, analysis }: Report, { text, format }: Language): string {
  const { plannedDays } = experiment.plan;
  switch (experiment.status) {
    case 'draft':
      return plannedDays ? text.list.planned(format.count(plannedDays)) : text.list.openEnded;
    case 'paused':
      return text.list.paused;
    case 'running':
      return analysis.daysLeft === null
        ? text.list.openEnded
        : text.list.daysLeft(analysis.daysLeft, format.count(analysis.daysLeft));
    default:
      return text.list.done;
  }
}

function cumulative(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}
