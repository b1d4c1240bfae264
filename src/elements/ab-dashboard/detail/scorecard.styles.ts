import { css } from 'lit';

export const scorecardStyles = css`
  .scorecard {
    container: scorecard / inline-size;
  }
  .scorecard table {
    width: 100%;
    border-collapse: collapse;
  }
  .scorecard th {
    padding: calc(var(--_space) * 2) calc(var(--_space) * 3);
    color: var(--_text-muted);
    font: 500 var(--_size-xs) var(--_font);
    text-align: start;
    white-space: nowrap;
  }
  .scorecard td {
    padding: calc(var(--_space) * 2) calc(var(--_space) * 3);
  }
  .scorecard .end {
    text-align: end;
  }
  .scorecard tr > :first-child {
    padding-inline-start: calc(var(--_space) * 4);
  }
  .scorecard tr > :last-child {
    padding-inline-end: calc(var(--_space) * 4);
  }
  .scorecard tbody tr > * {
    border-block-start: 1px solid var(--_border);
  }
  .scorecard .chart {
    width: 32%;
    min-width: 150px;
    padding-inline: calc(var(--_space) * 6);
  }
  .scorecard .metric > * {
    padding-block: calc(var(--_space) * 1.5);
    background: var(--_surface);
    white-space: normal;
  }
  .scorecard .metric th {
    color: var(--_text);
    font: 500 var(--_size-m) var(--_font);
  }
  .scorecard .metric .muted {
    font-weight: 400;
  }
  .scorecard .variant {
    color: var(--_text);
    font: 400 var(--_size-m) var(--_font);
    white-space: normal;
  }
  .scorecard .variant .swatch {
    margin-inline-end: calc(var(--_space) * 2);
  }
  .scorecard .range {
    display: block;
  }
  .scorecard .highlighted {
    background: var(--_accent-soft);
    outline: 2px solid var(--_accent);
    outline-offset: -2px;
    border-radius: var(--_radius-s);
  }
  .scorecard .legend,
  .scorecard .none {
    padding: calc(var(--_space) * 2.5) calc(var(--_space) * 4);
  }
  .scorecard .legend {
    border-block-start: 1px solid var(--_border);
  }
  .scorecard .none {
    padding-block: calc(var(--_space) * 8);
    text-align: center;
  }

  @container scorecard (660px <= width < 820px) {
    .scorecard th,
    .scorecard td {
      padding-inline: calc(var(--_space) * 2);
    }
    .scorecard .chart {
      min-width: 110px;
    }
    .scorecard .p,
    .scorecard .interval-axis .minor {
      display: none;
    }
  }

  /* A row becomes a card instead of scrolling sideways. */
  @container scorecard (width < 660px) {
    .scorecard table,
    .scorecard tbody,
    .scorecard .metric,
    .scorecard .metric > th {
      display: block;
    }
    .scorecard thead,
    .scorecard .metric > td {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .scorecard tbody tr:not(.metric) {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1.9fr) minmax(0, 1fr);
      gap: calc(var(--_space) * 2) calc(var(--_space) * 3);
      padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
      border-block-start: 1px solid var(--_border);
    }
    .scorecard tbody tr:not(.metric) > * {
      padding: 0;
      border: 0;
      text-align: start;
    }
    .scorecard thead + tbody .metric > * {
      border-block-start: 0;
    }
    .scorecard .variant {
      grid-column: 1 / 4;
      grid-row: 1;
      align-self: center;
    }
    .scorecard .verdict-cell {
      grid-column: 4;
      grid-row: 1;
      justify-self: end;
    }
    .scorecard .chart {
      grid-column: 1 / -1;
      grid-row: 2;
      width: 100%;
    }
    .scorecard [data-label]::before {
      content: attr(data-label);
      display: block;
      color: var(--_text-muted);
      font-size: 0.75rem;
    }
  }
`;
