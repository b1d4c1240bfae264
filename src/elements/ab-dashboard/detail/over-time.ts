/** How the primary metric's lift settled, day by day: a chart or the same numbers as a table. */
import { html, nothing, type TemplateResult } from 'lit';
import type { ChartSeries } from '../../charts/variant-chart.js';
import type { Language } from '../language.js';
import { variantName, type Report } from '../report.js';
import { segments } from '../segments.js';

export type View = 'chart' | 'table';

export function overTime(
  report: Report,
  view: View,
  changeView: (view: View) => void,
  { text, format }: Language,
): TemplateResult | typeof nothing {
  const series = seriesOf(report);
  if (series.length === 0) return nothing;
  return html`<section class="card" aria-labelledby="over-time">
    <div class="card-head">
      <h3 id="over-time">
        ${text.overTime.heading} <span class="small muted">${text.overTime.valid}</span>
      </h3>
      ${segments<View>({
        name: 'view',
        legend: text.overTime.view,
        options: [
          { value: 'chart', label: text.overTime.chart },
          { value: 'table', label: text.overTime.table },
        ],
        value: view,
        change: changeView,
      })}
    </div>
    <bl-variant-chart
      label=${text.overTime.summary(report.metrics[0]?.name ?? '')}
      view=${view}
      .series=${series}
      .formatValue=${format.lift}
      .formatTick=${format.tick}
      .formatDay=${format.day}
    ></bl-variant-chart>
  </section>`;
}

function seriesOf({ experiment, analysis }: Report): ChartSeries[] {
  return analysis.series
    .map(({ variant, points }) => ({
      name: variantName(experiment, variant),
      variant: experiment.variants.findIndex(({ key }) => key === variant),
      points: points.map(({ day, lift, interval }) => ({ at: day, value: lift, interval })),
    }))
    .filter(({ points }) => points.some(({ value }) => value !== null));
}
