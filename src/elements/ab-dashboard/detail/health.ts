/** Whether the numbers can be trusted, one cell for each check. */
import { html, type TemplateResult } from 'lit';
import { icon } from '../../icons/icon.js';
import { check, circleAlert, clock, triangleAlert } from '../../icons/shapes.js';
import type { HealthCheck } from '../../../stats/analysis.js';
import { MISSING } from '../format.js';
import type { Language } from '../language.js';
import type { Report } from '../report.js';

const ICONS = {
  ok: icon(check),
  warn: icon(triangleAlert),
  bad: icon(circleAlert),
  unknown: icon(clock),
};

export function health(report: Report, language: Language): TemplateResult {
  const { text } = language;
  return html`<section class="card health" aria-label=${text.health.label}>
    ${report.analysis.health.map(
      (check) =>
        html`<div class="check ${check.status}" data-cell=${`health/${check.id}`} tabindex="-1">
          <span class="small muted"
            >${ICONS[check.status]}${text.health.name[check.id]}<span class="visually-hidden">
              : ${text.health.status[check.status]}</span
            ></span
          >
          <b class="number"><bdi>${valueOf(check, report, language)}</bdi></b>
        </div>`,
    )}
  </section>`;
}

function valueOf(check: HealthCheck, report: Report, { text, format }: Language): string {
  const { analysis, experiment } = report;
  const { health } = text;
  switch (check.id) {
    case 'exposures':
      return format.count(analysis.units);
    case 'duration':
      return health.days(analysis.daysRunning, format.count(analysis.daysRunning));
    case 'guardrails':
      if (experiment.metrics.guardrails.length === 0) return health.noGuardrails;
      break;
    case 'multiple':
      return check.value === null ? health.unknown : format.percent(check.value, 1);
    case 'power':
      return check.value === null ? health.unknown : format.percent(check.value);
    case 'balance':
      if (check.status === 'bad')
        return health.mismatch(format.pValue(analysis.srm?.sequentialPValue));
  }
  switch (check.status) {
    case 'ok':
      return check.id === 'balance' ? health.balanced : health.holding;
    case 'warn':
      return health.atRisk;
    case 'bad':
      return health.breached;
    case 'unknown':
      return report.analysis.units === 0 ? MISSING : health.unknown;
  }
}
