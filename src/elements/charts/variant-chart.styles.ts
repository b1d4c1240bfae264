import { css } from 'lit';
import { baseStyles } from '../theme/base.styles.js';
import { marksStyles } from './marks.styles.js';

export const variantChartStyles = [
  baseStyles,
  marksStyles,
  css`
    .legend {
      display: flex;
      flex-wrap: wrap;
      gap: var(--_space) calc(var(--_space) * 5);
      margin: 0 0 calc(var(--_space) * 3);
      padding: 0;
      list-style: none;
      font: 400 var(--_size-s) var(--_font);
      font-variant-numeric: tabular-nums;
    }
    .legend li {
      display: flex;
      flex-wrap: wrap;
      min-width: 0;
      overflow-wrap: anywhere;
      gap: calc(var(--_space) * 1.5);
      align-items: baseline;
    }
    .legend b {
      font-weight: 600;
    }
    .day,
    .range {
      color: var(--_text-muted);
    }
    .day {
      min-width: 4.5em;
    }
    .key {
      align-self: center;
      width: 12px;
      height: 12px;
      overflow: visible;
    }

    .chart {
      position: relative;
      container-type: inline-size;
    }
    @container (width < 420px) {
      .days .minor {
        display: none;
      }
    }
    .chart > [role='img'] {
      display: grid;
      grid-template: 200px 24px / 48px 1fr;
      direction: ltr;
    }
    svg {
      display: block;
      width: 100%;
      height: 100%;
      min-width: 0;
    }
    .values,
    .days {
      overflow: visible;
    }
    .days {
      grid-column: 2;
    }
    text {
      fill: var(--_text-muted);
      font: 400 0.6875rem / 1 var(--_font);
      font-variant-numeric: tabular-nums;
      dominant-baseline: central;
    }
    .values text {
      text-anchor: end;
      translate: -8px 0;
    }
    .days text {
      text-anchor: middle;
      translate: 0 4px;
    }
    .days .first {
      text-anchor: start;
    }
    .days .last {
      text-anchor: end;
    }
    .label {
      fill: var(--_text);
      font-weight: 500;
      text-anchor: end;
      paint-order: stroke;
      stroke: var(--_surface-raised);
      stroke-width: 3px;
      stroke-opacity: 0.75;
      stroke-linejoin: round;
      translate: -8px 0;
    }
    .grid {
      stroke: var(--_border);
    }
    .zero {
      stroke: var(--_border-strong);
      stroke-dasharray: 2 3;
    }
    .cursor {
      stroke: var(--_border-strong);
      stroke-width: 1;
      opacity: 0;
    }
    .chart:hover .cursor,
    input:focus-visible ~ * .cursor,
    .chart:focus-within .cursor {
      opacity: 1;
    }
    .band {
      fill: var(--_series);
      fill-opacity: 0.1;
    }
    .line {
      fill: none;
      stroke: var(--_series);
      stroke-width: 2;
      stroke-linejoin: round;
      vector-effect: non-scaling-stroke;
    }
    .line.s2 {
      stroke-dasharray: 6 3;
    }
    .line.s3 {
      stroke-dasharray: 2 3;
    }
    .line.s4 {
      stroke-dasharray: 8 3 2 3;
    }
    .line.s5 {
      stroke-dasharray: 12 4;
    }
    .line.s6 {
      stroke-dasharray: 4 4;
    }
    .marker {
      fill: var(--_series);
      stroke: var(--_surface-raised);
      stroke-width: 1.5;
    }
    .hit {
      fill: transparent;
    }
    .plot {
      overflow: visible;
    }

    /* The keyboard's way in: a native slider, seen only as the cursor and the focus ring. */
    input {
      position: absolute;
      inset: 0 0 24px 48px;
      width: auto;
      margin: 0;
      opacity: 0;
      pointer-events: none;
    }
    .chart:has(input:focus-visible)::after {
      content: '';
      position: absolute;
      inset: -4px -4px 20px 44px;
      border-radius: var(--_radius-s);
      outline: 2px solid var(--_focus);
      pointer-events: none;
    }

    .scroll {
      max-height: 240px;
      overflow: auto;
    }
    table {
      width: 100%;
      border-collapse: collapse;
      font: 400 var(--_size-s) var(--_font);
      font-variant-numeric: tabular-nums;
    }
    th {
      color: var(--_text-muted);
      font-weight: 500;
      text-align: start;
    }
    thead th {
      position: sticky;
      inset-block-start: 0;
      background: var(--_surface-raised);
    }
    th,
    td {
      padding: calc(var(--_space) * 1.5) calc(var(--_space) * 2);
      border-block-end: 1px solid var(--_border);
      white-space: nowrap;
    }

    @media (forced-colors: active) {
      .line,
      .marker {
        --_series: CanvasText;
      }
      .band {
        --_series: GrayText;
      }
    }
  `,
];
