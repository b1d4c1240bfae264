/** A line the size of a word: how a count grew. Decoration beside its number, so it is silent. */
import { html, nothing, type TemplateResult } from 'lit';

/** `values` from old to new, never negative; the lower edge is zero. */
export function sparkline(values: readonly number[]): TemplateResult | typeof nothing {
  if (values.length < 2) return nothing;
  const top = Math.max(...values) || 1;
  const points = values
    .map((value, i) => {
      const x = (i / (values.length - 1)) * 100;
      return `${x.toFixed(1)},${(100 - (value / top) * 100).toFixed(1)}`;
    })
    .join(' ');
  return html`<svg
    class="sparkline"
    viewBox="0 0 100 100"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <polygon points=${`0,100 ${points} 100,100`}></polygon>
    <polyline points=${points}></polyline>
  </svg>`;
}
