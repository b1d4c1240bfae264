/** The primary metric seen otherwise: as probabilities, and without what adjusted it. */
import { html, nothing, type TemplateResult } from 'lit';
import type { VariantComparison } from '../../../stats/analysis.js';
import type { Language } from '../language.js';
import { judgedInterval, variantName, type Report } from '../report.js';

/** For reading beside the verdict, which it never decides: nothing in it has a colour. */
export function beside(report: Report, language: Language): TemplateResult | typeof nothing {
  const { text, format } = language;
  const words = text.beside;
  const metric = report.metrics[0];
  const primary = report.analysis.metrics.find(({ role }) => role === 'primary');
  const shown = (primary?.comparisons ?? []).filter(({ bayesian, cuped }) => bayesian ?? cuped);
  if (!metric || shown.length === 0) return nothing;
  const adjusted = shown.some(({ cuped }) => cuped !== null);
  const cell = (label: string, value: string): TemplateResult =>
    html`<td role="cell" class="number" data-label=${label}><bdi>${value}</bdi></td>`;
  const row = (comparison: VariantComparison): TemplateResult => {
    const { variant, bayesian, cuped } = comparison;
    const raw = cuped ? rawLift(cuped.raw, report, language) : words.notAdjusted;
    return html`<tr role="row">
      <th role="rowheader" scope="row"><bdi>${variantName(report.experiment, variant)}</bdi></th>
      ${cell(words.chance, format.percent(bayesian?.chanceToWin, 1))}
      ${cell(words.loss, format.value(metric, bayesian?.expectedLoss.treatment))}
      ${adjusted ? cell(words.adjusted, lift(comparison, report, language)) : nothing}
      ${adjusted ? cell(words.raw, raw) : nothing}
    </tr>`;
  };
  return html`<section class="card beside" aria-labelledby="beside">
    <div class="card-head">
      <h3 id="beside">
        ${words.heading} <span class="small muted"><bdi>${metric.name}</bdi></span>
      </h3>
    </div>
    <table role="table" aria-labelledby="beside">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader">${text.scorecard.treatment}</th>
          <th role="columnheader">${words.chance}</th>
          <th role="columnheader">${words.loss}</th>
          ${
            adjusted
              ? html`<th role="columnheader">${words.adjusted}</th>
                  <th role="columnheader">${words.raw}</th>`
              : nothing
          }
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${shown.map(row)}
      </tbody>
    </table>
    <p class="legend small muted"><bdi>${words.legend}</bdi></p>
  </section>`;
}

function lift(comparison: VariantComparison, report: Report, language: Language): string {
  return written(comparison.lift, judgedInterval(report, comparison), language);
}

function rawLift(
  raw: NonNullable<VariantComparison['cuped']>['raw'],
  { analysis }: Report,
  language: Language,
): string {
  const interval = analysis.anytime ? raw.sequential.liftInterval : raw.liftInterval;
  return written(raw.lift, interval, language);
}

function written(
  value: number | null,
  interval: readonly [number, number] | null,
  { text, format }: Language,
): string {
  const range = interval && text.lift.between(format.lift(interval[0]), format.lift(interval[1]));
  return [format.lift(value), range && `(${range})`].filter(Boolean).join(' ');
}
