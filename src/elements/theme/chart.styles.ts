import { css } from 'lit';

/**
 * The categorical chart palette, in order; at most six, then “other”. It stays apart under three
 * kinds of colour blindness (ΔE2000 ≥ 20), and never stands alone: use a dash or marker too.
 * The control is `--_chart-control`, dashed.
 */
export const chartStyles = css`
  :host {
    --_chart-1: var(--bl-chart-1, light-dark(oklch(55% 0.19 268), oklch(66% 0.17 268)));
    --_chart-2: var(--bl-chart-2, light-dark(oklch(67% 0.159 60), oklch(90% 0.066 62)));
    --_chart-3: var(--bl-chart-3, light-dark(oklch(65% 0.108 180), oklch(90% 0.107 202)));
    --_chart-4: var(--bl-chart-4, light-dark(oklch(34% 0.09 335), oklch(54% 0.09 345)));
    --_chart-5: var(--bl-chart-5, light-dark(oklch(34% 0.114 143), oklch(68% 0.167 125)));
    --_chart-6: var(--bl-chart-6, light-dark(oklch(53% 0.09 18), oklch(56% 0.2 34)));
    --_chart-control: var(--_text-muted);
  }
`;
