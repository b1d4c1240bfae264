/** Every metric against the control, one variant a line, on one shared axis. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Fact } from '../../../advisor/index.js';
import { interval, intervalAxis, type Bounds } from '../../charts/interval.js';
import { axis, type Axis } from '../../charts/scale.js';
import { seriesClass } from '../../charts/split-bar.js';
import type { ArmSummary, MetricAnalysis, VariantComparison } from '../../../stats/analysis.js';
import type { Metric } from '../../../experiments/model.js';
import { MISSING } from '../format.js';
import type { Language } from '../language.js';
import { variantName, type Report } from '../report.js';
import { segments } from '../segments.js';
import { comparisonTone } from '../verdict.js';

export type Scale = 'relative' | 'absolute';

export interface ScorecardState {
  scale: Scale;
  /** `<metric>/<variant>/<column>` of the cell that a suggestion points to. */
  highlighted: string | null;
  changeScale: (scale: Scale) => void;
}

/** A comparison on the scale that is shown. */
interface Effect {
  value: number | null;
  inner: Bounds | null;
  outer: Bounds | null;
}

/** Names the cell that a fact is read from; null where it is computed from several. */
export function cellOf({ metric, variant, unit }: Fact): string | null {
  if (metric === undefined || variant === undefined) return null;
  const column = { lift: 'lift', value: 'mean', 'p-value': 'p' }[unit as string];
  return column === undefined ? null : `${metric}/${variant}/${column}`;
}

export function scorecard(
  report: Report,
  state: ScorecardState,
  language: Language,
): TemplateResult {
  const { text } = language;
  const { metrics } = report.analysis;
  const variants = report.experiment.variants.length - 1;
  const shared = state.scale === 'relative' ? relativeAxis(report) : null;
  return html`<section class="card scorecard" aria-labelledby="scorecard">
    <div class="card-head">
      <h3 id="scorecard">${text.scorecard.heading}</h3>
      ${segments<Scale>({
        name: 'scale',
        legend: text.scorecard.scale,
        options: [
          { value: 'relative', label: text.scorecard.relative },
          { value: 'absolute', label: text.scorecard.absolute },
        ],
        value: state.scale,
        change: state.changeScale,
      })}
    </div>
    ${
      report.analysis.units === 0
        ? html`<p class="none muted">${text.scorecard.empty}</p>`
        : html`<table role="table" aria-labelledby="scorecard">
              ${head(shared, state.scale, language)}
              ${metrics.map((metric) => metricRows(report, metric, shared, state, language))}
            </table>
            <p class="legend small muted">
              <bdi
                >${text.scorecard.legend(language.format.percent(1 - report.experiment.plan.alpha))}
                ${variants > 1 ? text.scorecard.corrected(language.format.count(variants)) : nothing}</bdi
              >
            </p>`
    }
  </section>`;
}

function head(shared: Axis | null, scale: Scale, { text, format }: Language): TemplateResult {
  const { scorecard } = text;
  return html`<thead role="rowgroup">
    <tr role="row">
      <th role="columnheader">${scorecard.variant}</th>
      <th role="columnheader" class="end">${scorecard.control}</th>
      <th role="columnheader" class="end">${scorecard.treatment}</th>
      <th role="columnheader" class="chart">
        <span class="visually-hidden">${scorecard.interval}</span>
        ${shared ? intervalAxis(shared, format.tick) : nothing}
      </th>
      <th role="columnheader" class="end">
        ${scale === 'relative' ? scorecard.lift : scorecard.change}
      </th>
      <th role="columnheader" class="end p">${scorecard.p}</th>
      <th role="columnheader">${scorecard.verdict}</th>
    </tr>
  </thead>`;
}

function metricRows(
  report: Report,
  analysis: MetricAnalysis,
  shared: Axis | null,
  state: ScorecardState,
  language: Language,
): TemplateResult | typeof nothing {
  const metric = report.metrics.find(({ id }) => id === analysis.key);
  if (!metric) return nothing;
  const { text, format } = language;
  const own = shared ?? absoluteAxis(analysis);
  const control = analysis.arms[0];
  const notes = [
    text.scorecard.role[analysis.role],
    analysis.lowerIsBetter ? text.scorecard.lowerIsBetter : '',
    analysis.role === 'guardrail' && metric.margin !== undefined
      ? text.scorecard.margin(format.percent(metric.margin))
      : '',
  ].filter(Boolean);
  return html`<tbody role="rowgroup">
    <tr role="row" class="metric">
      <th role="rowheader" colspan=${shared ? 7 : 3}>
        <bdi>${metric.name}</bdi> <span class="muted">· <bdi>${notes.join(', ')}</bdi></span>
      </th>
      ${
        shared
          ? nothing
          : html`<td role="cell" class="chart">
                ${intervalAxis(own, (tick) => format.difference(metric, tick, text.points))}
              </td>
              <td role="cell" colspan="3"></td>`
      }
    </tr>
    ${analysis.comparisons.map((comparison, i) =>
      comparisonRow({
        report,
        metric,
        analysis,
        comparison,
        control,
        arm: analysis.arms[i + 1],
        variant: i + 1,
        axis: own,
        state,
        language,
      }),
    )}
  </tbody>`;
}

interface Row {
  report: Report;
  metric: Metric;
  analysis: MetricAnalysis;
  comparison: VariantComparison;
  control: ArmSummary | undefined;
  arm: ArmSummary | undefined;
  variant: number;
  axis: Axis;
  state: ScorecardState;
  language: Language;
}

function comparisonRow(row: Row): TemplateResult {
  const { report, metric, comparison, control, arm, variant, axis, state, language } = row;
  const { text, format } = language;
  const { scale, highlighted } = state;
  const effect = effectOf(comparison, scale);
  const write = (value: number) =>
    scale === 'relative' ? format.lift(value) : format.difference(metric, value, text.points);
  const bounds = report.analysis.anytime ? effect.outer : effect.inner;
  const range = bounds && text.lift.between(write(bounds[0]), write(bounds[1]));
  const value = effect.value === null ? MISSING : write(effect.value);
  const tone = comparisonTone(comparison);
  const cell = (column: string, content: unknown, label: string) => {
    const id = `${metric.key}/${comparison.variant}/${column}`;
    return html`<td
      role="cell"
      class="end number ${column} ${id === highlighted ? 'highlighted' : ''}"
      data-cell=${id}
      data-label=${label}
      tabindex="-1"
    >
      ${content}
    </td>`;
  };
  return html`<tr role="row">
    <th role="rowheader" scope="row" class="variant">
      <span class="swatch ${seriesClass(variant)}"></span
      ><bdi>${variantName(report.experiment, comparison.variant)}</bdi>
    </th>
    ${cell('control', html`<bdi>${format.value(metric, control?.mean)}</bdi>`, text.scorecard.control)}
    ${cell('mean', html`<bdi>${format.value(metric, arm?.mean)}</bdi>`, text.scorecard.treatment)}
    <td role="cell" class="chart">
      ${interval({
        domain: axis.domain,
        ...effect,
        tone,
        margin: scale === 'relative' ? marginOf(row) : null,
        label: text.lift.spoken(value, range),
      })}
    </td>
    ${cell(
      'lift',
      effect.value === null
        ? html`<span title=${whyMissing(row)}
            >${MISSING}<span class="visually-hidden"> ${whyMissing(row)}</span></span
          >`
        : html`<bdi>${value}</bdi
            ><span class="range small muted"><bdi>${range ?? nothing}</bdi></span>`,
      scale === 'relative' ? text.scorecard.lift : text.scorecard.change,
    )}
    ${cell('p', html`<bdi>${format.pValue(comparison.adjustedPValue)}</bdi>`, text.scorecard.p)}
    <td role="cell" class="verdict-cell">
      <span class="pill ${tone}">${direction(row)} ${text.lift.verdict[comparison.verdict]}</span>
    </td>
  </tr>`;
}

/** ▲ and ▼ say which way the metric moved; the words and the colour say whether that is good. */
function direction({ comparison }: Row): string {
  const { verdict, difference } = comparison;
  const moved = verdict === 'better' || verdict === 'worse' || verdict === 'breached';
  if (!moved || !difference) return '';
  return difference > 0 ? '▲' : '▼';
}

/** Where a guardrail's margin lies on the relative axis: on the side that is worse. */
function marginOf({ analysis, metric }: Row): number | null {
  if (analysis.role !== 'guardrail' || metric.margin === undefined) return null;
  return analysis.lowerIsBetter ? metric.margin : -metric.margin;
}

function whyMissing({ comparison, state, language: { text } }: Row): string {
  return state.scale === 'relative' && comparison.difference !== null
    ? text.list.notComputable
    : text.list.noData;
}

function effectOf(comparison: VariantComparison, scale: Scale): Effect {
  return scale === 'relative'
    ? {
        value: comparison.lift,
        inner: comparison.liftInterval,
        outer: comparison.sequentialLiftInterval,
      }
    : {
        value: comparison.difference,
        inner: comparison.interval,
        outer: comparison.sequentialInterval,
      };
}

function relativeAxis({ analysis, metrics }: Report): Axis {
  const effects = analysis.metrics.flatMap(({ comparisons }) =>
    comparisons.map((comparison) => effectOf(comparison, 'relative')),
  );
  const margins = analysis.metrics
    .filter(({ role }) => role === 'guardrail')
    .map(({ key, lowerIsBetter }) => {
      const margin = metrics.find((metric) => metric.key === key)?.margin ?? null;
      return margin === null || lowerIsBetter ? margin : -margin;
    });
  return effectAxis(effects, margins);
}

function absoluteAxis({ comparisons }: MetricAnalysis): Axis {
  // Labels with a unit are wide: few of them.
  return effectAxis(
    comparisons.map((comparison) => effectOf(comparison, 'absolute')),
    [],
    3,
  );
}

/** Holds every bar and as much of the whiskers as leaves the bars readable. */
function effectAxis(
  effects: readonly Effect[],
  more: readonly (number | null)[] = [],
  ticks?: number,
): Axis {
  const bars = effects.flatMap(({ value, inner }) => [value, ...(inner ?? [])]);
  const known = bars.filter((value) => value !== null);
  const low = Math.min(0, ...known);
  const high = Math.max(0, ...known);
  const reach = (high - low) * 0.6;
  const whiskers = effects.flatMap(({ outer }) =>
    outer ? [Math.max(outer[0], low - reach), Math.min(outer[1], high + reach)] : [],
  );
  return axis([...bars, ...whiskers, ...more], ticks);
}
