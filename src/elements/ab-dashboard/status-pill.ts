import { html, type TemplateResult } from 'lit';
import type { ExperimentStatus } from '../../experiments/model.js';

/** An experiment's status in `words`. */
export function statusPill(status: ExperimentStatus, words: string): TemplateResult {
  const tone = status === 'running' ? 'accent' : status === 'paused' ? 'warning' : '';
  return html`<span class="pill ${tone}"><bdi>${words}</bdi></span>`;
}
