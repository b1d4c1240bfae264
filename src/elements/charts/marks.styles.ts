import { css } from 'lit';
import { chartStyles } from '../theme/chart.styles.js';

/** Intervals, sparklines and split bars, wherever they are drawn. */
export const marksStyles = [
  chartStyles,
  css`
    svg.interval,
    svg.interval-axis,
    svg.sparkline,
    svg.split-bar {
      display: block;
      /* An axis of numbers runs from left to right in every script. */
      direction: ltr;
    }
    .s0 {
      --_series: var(--_chart-control);
    }
    .s1 {
      --_series: var(--_chart-1);
    }
    .s2 {
      --_series: var(--_chart-2);
    }
    .s3 {
      --_series: var(--_chart-3);
    }
    .s4 {
      --_series: var(--_chart-4);
    }
    .s5 {
      --_series: var(--_chart-5);
    }
    .s6 {
      --_series: var(--_chart-6);
    }

    .interval {
      --_mark: var(--_text-muted);
      width: 100%;
      height: 28px;
      overflow: visible;
    }
    .interval.success {
      --_mark: var(--_success-text);
    }
    .interval.danger {
      --_mark: var(--_danger-text);
    }
    .interval.warning {
      --_mark: var(--_warning-text);
    }
    .interval .zero {
      stroke: var(--_border-strong);
      stroke-dasharray: 2 3;
    }
    .interval .margin {
      stroke: var(--_danger-text);
      stroke-opacity: 0.6;
    }
    .interval .whisker {
      stroke: var(--_mark);
      stroke-width: 1.5;
      stroke-opacity: 0.55;
    }
    .interval .bar {
      fill: var(--_mark);
      fill-opacity: 0.26;
      translate: 0 -5px;
    }
    .interval .dot {
      fill: var(--_mark);
      stroke: var(--_surface-raised);
      stroke-width: 1.5;
    }
    .interval .arrow {
      fill: none;
      stroke: var(--_mark);
      stroke-width: 1.5;
      stroke-opacity: 0.55;
    }

    .interval-axis {
      width: 100%;
      height: 16px;
      overflow: visible;
    }
    .interval-axis text {
      fill: var(--_text-muted);
      font: 400 0.6875rem / 1 var(--_font);
      font-variant-numeric: tabular-nums;
      text-anchor: middle;
      dominant-baseline: central;
    }
    .interval-axis .origin {
      fill: var(--_text);
    }

    .sparkline {
      width: 88px;
      height: 24px;
      padding: 2px 0;
      overflow: visible;
    }
    .sparkline polygon {
      fill: var(--_chart-1);
      fill-opacity: 0.1;
    }
    .sparkline polyline {
      fill: none;
      stroke: var(--_chart-1);
      stroke-width: 1.5;
      stroke-linejoin: round;
      vector-effect: non-scaling-stroke;
    }

    .split-bar {
      width: 88px;
      height: 6px;
      border-radius: var(--_radius-full);
    }
    .split-bar:dir(rtl) {
      scale: -1 1;
    }
    .split-bar rect {
      fill: var(--_series);
    }
    .split-bar .gap {
      stroke: var(--_surface-raised);
      stroke-width: 2;
    }

    @media (forced-colors: active) {
      svg {
        forced-color-adjust: none;
      }
      .interval {
        --_mark: CanvasText;
      }
      .split-bar rect {
        fill: CanvasText;
      }
      .split-bar .gap {
        stroke: Canvas;
      }
      .sparkline polygon {
        fill: var(--_chart-1);
        fill-opacity: 0.1;
      }
      .sparkline polyline {
        stroke: CanvasText;
      }
    }
  `,
];
