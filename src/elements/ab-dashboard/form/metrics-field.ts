/** Which metrics decide, which are watched and which must not get worse. */
import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Metric } from '../../../experiments/model.js';
import type { Draft } from './draft.js';
import { field, note } from './field.js';
import type { Language } from '../language.js';

type Chosen = Pick<Draft, 'primary' | 'secondary' | 'guardrails'>;

export interface MetricsField {
  chosen: Chosen;
  metrics: readonly Metric[];
  problem: string | undefined;
  /** The primary metric stays as it is once units are assigned. */
  frozen: boolean;
  change: (patch: Partial<Chosen>) => void;
}

export function metricsField(
  { chosen, metrics, problem, frozen, change }: MetricsField,
  { text }: Language,
): TemplateResult {
  const { form } = text;
  return html`${field({
      id: 'primary',
      label: form.primary,
      hint: metrics.length === 0 ? form.noMetrics : '',
      problem,
      control: html`<select
        class="select"
        id="primary"
        aria-describedby="primary-note"
        aria-invalid=${problem ? 'true' : 'false'}
        ?disabled=${frozen}
        @change=${(event: Event) =>
          change({ primary: (event.currentTarget as HTMLSelectElement).value })}
      >
        <option value="" .selected=${chosen.primary === ''}>${form.choose}</option>
        ${metrics.map(
          ({ key, name, kind }) =>
            html`<option value=${key} .selected=${key === chosen.primary}>
              ${name} · ${form.metricKind[kind]}
            </option>`,
        )}
      </select>`,
    })}
    <div class="groups">
      ${group('secondary', form.secondary, '')}
      ${group('guardrails', form.guardrails, form.guardrailsHint)}
    </div>`;

  function group(role: 'secondary' | 'guardrails', legend: string, hint: string) {
    const other = role === 'secondary' ? 'guardrails' : 'secondary';
    const toggle = (key: string, on: boolean) =>
      change({
        [role]: on ? [...chosen[role], key] : chosen[role].filter((known) => known !== key),
        // A metric has one role: choosing this one takes it out of the other.
        ...(on && { [other]: chosen[other].filter((known) => known !== key) }),
      });
    return html`<fieldset class="choices" aria-describedby=${`${role}-note`}>
      <legend>${legend}</legend>
      ${metrics
        .filter(({ key }) => key !== chosen.primary)
        .map(
          ({ key, name }) =>
            html`<label class="choice"
              ><input
                type="checkbox"
                .checked=${live(chosen[role].includes(key))}
                @change=${(event: Event) =>
                  toggle(key, (event.currentTarget as HTMLInputElement).checked)}
              /><bdi>${name}</bdi></label
            >`,
        )}
      ${note(role, hint)}
    </fieldset>`;
  }
}
