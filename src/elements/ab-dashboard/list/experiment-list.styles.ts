import { css } from 'lit';
import { marksStyles } from '../../charts/marks.styles.js';
import { actionsStyles } from '../../theme/actions.styles.js';
import { baseStyles } from '../../theme/base.styles.js';
import { buttonStyles, fieldStyles, pillStyles } from '../../theme/controls.styles.js';
import { surfaceStyles } from '../surface.styles.js';

export const experimentListStyles = [
  baseStyles,
  buttonStyles,
  fieldStyles,
  pillStyles,
  actionsStyles,
  marksStyles,
  surfaceStyles,
  css`
    :host {
      container: list / inline-size;
    }
    .toolbar {
      display: flex;
      flex-wrap: wrap;
      gap: calc(var(--_space) * 2);
      padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
      border-block-end: 1px solid var(--_border);
    }
    .search {
      position: relative;
      flex: 1 1 220px;
    }
    .search .icon {
      position: absolute;
      inset-inline-start: calc(var(--_space) * 2.5);
      inset-block-start: 50%;
      translate: 0 -50%;
      color: var(--_text-muted);
    }
    .search .input {
      padding-inline-start: calc(var(--_space) * 5 + 14px);
    }

    /* Rows are grids, not table rows: they can be skipped while off screen. */
    table,
    thead,
    tbody {
      display: block;
    }
    tr {
      display: grid;
      grid-template-columns:
        minmax(160px, 2.2fr) minmax(84px, 0.8fr) minmax(112px, 1fr) 104px minmax(84px, 0.8fr)
        112px minmax(184px, 1.4fr) minmax(92px, 0.8fr) minmax(64px, 0.7fr);
      align-items: center;
      column-gap: calc(var(--_space) * 3);
      padding-inline: calc(var(--_space) * 4);
    }
    th {
      font: 500 var(--_size-xs) var(--_font);
      color: var(--_text-muted);
      text-align: start;
      white-space: nowrap;
    }
    th,
    td {
      display: block;
      min-width: 0;
      padding: 0;
    }
    .end {
      text-align: end;
    }
    thead tr {
      min-height: 33px;
    }
    thead button {
      margin-inline: -4px;
      padding: 4px;
      border: 0;
      border-radius: var(--_radius-s);
      background: none;
      color: inherit;
      font: inherit;
      cursor: pointer;
    }
    thead button:hover,
    thead [aria-sort='ascending'],
    thead [aria-sort='descending'] {
      color: var(--_text);
    }
    .end button {
      display: inline-flex;
      flex-direction: row-reverse;
    }
    .left {
      white-space: nowrap;
    }
    .arrow {
      display: inline-block;
      min-width: 1em;
      text-align: center;
    }

    tbody tr {
      position: relative;
      min-height: 60px;
      padding-block: calc(var(--_space) * 2);
      border-block-start: 1px solid var(--_border);
      content-visibility: auto;
      contain-intrinsic-block-size: auto 61px;
    }
    tbody tr:last-child {
      border-end-start-radius: var(--_radius-l);
      border-end-end-radius: var(--_radius-l);
    }
    tbody tr:hover {
      background: var(--_surface);
    }
    tbody td {
      color: var(--_text-muted);
      font-variant-numeric: tabular-nums;
    }
    tbody .experiment {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      justify-items: start;
      white-space: normal;
    }
    tbody .exposures,
    .lift .number {
      color: var(--_text);
    }
    a {
      color: var(--_text);
      font: 500 var(--_size-m) var(--_font);
      text-decoration: none;
    }
    /* The whole row is the link's target. */
    a::after {
      content: '';
      position: absolute;
      inset: 0;
    }
    a:focus-visible {
      outline: none;
    }
    a:focus-visible::after {
      outline: 2px solid var(--_focus);
      outline-offset: -2px;
      border-radius: inherit;
    }
    .key {
      font-weight: 400;
    }
    .under {
      display: flex;
      flex-wrap: wrap;
      gap: 2px calc(var(--_space) * 2);
      align-items: center;
      max-width: 100%;
    }
    .under .pill {
      min-height: 16px;
      padding-inline: calc(var(--_space) * 1.5);
    }
    td.lift {
      display: grid;
      grid-template-columns: 104px auto;
      align-items: center;
      gap: calc(var(--_space) * 2);
    }
    .lift .muted {
      grid-column: 1 / -1;
    }
    .lift .interval {
      height: 20px;
    }

    @container list (width < 1130px) {
      tr {
        grid-template-columns:
          minmax(160px, 2fr) 84px 112px minmax(84px, 0.6fr) minmax(184px, 1.4fr)
          84px;
      }
      .split,
      .growth,
      .owner {
        display: none;
      }
    }

    @container list (width < 820px) {
      .toolbar {
        padding-inline: calc(var(--_space) * 3);
      }
      .segments {
        flex: 1 1 auto;
        overflow-x: auto;
      }
      .segments label {
        flex: 1 0 auto;
        text-align: center;
      }
      .segments span {
        padding-inline: calc(var(--_space) * 2);
      }
      thead {
        position: absolute;
        overflow: hidden;
        clip-path: inset(50%);
        width: 1px;
        height: 1px;
      }
      tbody tr {
        grid-template-columns: auto auto 1fr;
        row-gap: calc(var(--_space) * 2);
        padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
        contain-intrinsic-block-size: auto 150px;
      }
      .experiment,
      td.lift {
        grid-column: 1 / -1;
      }
      td.lift {
        grid-template-columns: 88px minmax(0, 1fr) 60px;
      }
      td.lift .muted {
        grid-column: 2 / -1;
      }
      td.lift .muted,
      .lift .number {
        text-align: end;
      }
      .exposures {
        grid-column: 1 / 3;
        grid-row: 4;
        text-align: start;
      }
      .left {
        grid-row: 4;
        text-align: end;
      }
      tbody tr:first-child {
        border-block-start: 0;
      }
      tbody td[data-label]::before {
        content: attr(data-label) ' ';
        color: var(--_text-muted);
        font-size: 0.75rem;
      }
    }
  `,
];
