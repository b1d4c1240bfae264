/** One line of the list: an experiment at a glance. */
import { html, nothing, type TemplateResult } from 'lit';
import { interval } from '../../charts/interval.js';
import type { Domain } from '../../charts/scale.js';
import { sparkline } from '../../charts/sparkline.js';
import { splitBar } from '../../charts/split-bar.js';
import type { Language } from '../language.js';
import { headline, judgedInterval, type Report } from '../report.js';
import { formatRoute } from '../route.js';
import { statusPill } from '../status-pill.js';
import { comparisonTone, decisionTone, decisionWord } from '../verdict.js';

/** One axis for all rows, so that lifts can be compared down the column; zero in its middle. */
export function liftDomain(reports: readonly Report[]): Domain {
  const sizes = reports.map((report) => Math.abs(headline(report)?.lift ?? 0));
  const widest = Math.min(0.5, Math.max(0.05, ...sizes)) * 1.3;
  return [-widest, widest];
}

export function experimentRow(
  report: Report,
  pending: boolean,
  lifts: Domain,
  language: Language,
): TemplateResult {
  const { text, format } = language;
  const { experiment, analysis } = report;
  const { key, name, owner, status, variants } = experiment;
  const columns = text.list.columns;
  return html`<tr role="row">
    <th role="rowheader" scope="row" class="experiment">
      <a href=${formatRoute({ view: 'detail', key })}><bdi>${name || key}</bdi></a>
      <span class="under"
        ><bdi class="key">${key}</bdi
        >${pending ? html`<span class="pill warning">${text.pending}</span>` : nothing}</span
      >
    </th>
    <td role="cell" class="status">${statusPill(status, text.status[status] ?? status)}</td>
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
      <bdi>${format.count(analysis.units)}</bdi>
    </td>
    <td role="cell" class="growth" data-label=${columns.growth}>
      ${sparkline(analysis.unitsByDay)}
    </td>
    <td role="cell" class="lift" data-label=${columns.lift}>${liftOf(report, lifts, language)}</td>
    <td role="cell" class="left"><bdi>${leftOf(report, language)}</bdi></td>
    <td role="cell" class="owner" data-label=${columns.owner}><bdi>${owner}</bdi></td>
  </tr>`;
}

function liftOf(report: Report, domain: Domain, { text, format }: Language): TemplateResult {
  const comparison = headline(report);
  if (!comparison || report.analysis.units === 0) {
    return html`<span class="muted">${text.list.noData}</span>`;
  }
  if (comparison.lift === null) {
    return html`<span class="muted">${text.list.notComputable}</span>`;
  }
  const bounds = judgedInterval(report, comparison);
  const lift = format.lift(comparison.lift);
  const untrusted = report.analysis.decision === 'untrustworthy';
  return html`${interval({
      domain,
      value: comparison.lift,
      inner: comparison.liftInterval,
      outer: comparison.sequentialLiftInterval,
      tone: untrusted ? 'neutral' : comparisonTone(comparison),
      label: text.lift.spoken(
        lift,
        bounds && text.lift.between(format.lift(bounds[0]), format.lift(bounds[1])),
      ),
    })}<bdi class="number" aria-hidden="true">${lift}</bdi>`;
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
