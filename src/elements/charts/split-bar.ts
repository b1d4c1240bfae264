/** How units are shared among the variants, the control first. */
import { html, svg, type TemplateResult } from 'lit';
import { percent } from './scale.js';

/** `weights` sum to 1; `label` says the shares in words. */
export function splitBar(weights: readonly number[], label: string): TemplateResult {
  let start = 0;
  return html`<svg class="split-bar" role="img" aria-label=${label}>
    ${weights.map((weight, i) => {
      const x = start;
      start += weight * 100;
      return svg`<rect class=${seriesClass(i)} x=${percent(x)} width=${percent(weight * 100)} height="100%"></rect>
        ${i > 0 ? svg`<line class="gap" x1=${percent(x)} x2=${percent(x)} y1="0" y2="100%"></line>` : ''}`;
    })}
  </svg>`;
}

/** The class that gives a variant its colour: `s0` is the control; beyond six they begin again. */
export function seriesClass(variant: number): string {
  return variant === 0 ? 's0' : `s${((variant - 1) % 6) + 1}`;
}
