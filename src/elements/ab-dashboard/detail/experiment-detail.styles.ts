import { css } from 'lit';
import { marksStyles } from '../../charts/marks.styles.js';
import { baseStyles } from '../../theme/base.styles.js';
import { buttonStyles, linkStyles, pillStyles } from '../../theme/controls.styles.js';
import { besideStyles } from './beside.styles.js';
import { scorecardStyles } from './scorecard.styles.js';
import { surfaceStyles } from '../surface.styles.js';

export const experimentDetailStyles = [
  baseStyles,
  buttonStyles,
  linkStyles,
  pillStyles,
  marksStyles,
  surfaceStyles,
  scorecardStyles,
  besideStyles,
  css`
    :host {
      container: detail / inline-size;
    }
    .head {
      display: flex;
      flex-wrap: wrap;
      gap: calc(var(--_space) * 4);
      align-items: flex-start;
      justify-content: space-between;
      margin-block-end: calc(var(--_space) * 5);
    }
    .about {
      flex: 1 1 320px;
      min-width: 0;
    }
    .titles {
      display: flex;
      flex-wrap: wrap;
      gap: var(--_space) calc(var(--_space) * 2.5);
      align-items: center;
      margin-block-end: var(--_space);
    }
    h2 {
      font: 600 var(--_size-xl) var(--_font);
      letter-spacing: -0.011em;
      text-wrap: balance;
      overflow-wrap: anywhere;
    }
    h2:focus {
      outline: none;
    }
    .about p {
      max-width: 72ch;
      overflow-wrap: anywhere;
    }

    .verdict {
      display: grid;
      grid-template-columns: auto minmax(0, 1fr) fit-content(40%);
      gap: calc(var(--_space) * 4);
      align-items: center;
      margin-block-end: calc(var(--_space) * 4);
      padding: calc(var(--_space) * 4) calc(var(--_space) * 5);
    }
    .sign {
      display: grid;
      place-items: center;
      width: 40px;
      height: 40px;
      border-radius: var(--_radius-full);
      background: var(--_surface-sunken);
      color: var(--_text-muted);
    }
    .sign .icon {
      width: 20px;
      height: 20px;
    }
    .success .sign {
      background: var(--_success-soft);
      color: var(--_success-text);
    }
    .danger .sign {
      background: var(--_danger-soft);
      color: var(--_danger-text);
    }
    .accent .sign {
      background: var(--_accent-soft);
      color: var(--_accent-text);
    }
    /* These name a variant. */
    .verdict .button,
    dialog .button {
      min-width: 0;
      padding-block: var(--_space);
      white-space: normal;
      overflow-wrap: anywhere;
    }
    .sentence {
      font: 600 var(--_size-l) var(--_font);
      letter-spacing: -0.011em;
    }

    .health {
      display: grid;
      grid-template-columns: repeat(6, minmax(0, 1fr));
      margin-block-end: calc(var(--_space) * 4);
      overflow: hidden;
    }
    .check {
      padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
      border-inline-start: 1px solid var(--_border);
      border-block-start: 1px solid var(--_border);
      margin-block-start: -1px;
      margin-inline-start: -1px;
    }
    .check .small {
      display: flex;
      gap: calc(var(--_space) * 1.5);
      align-items: center;
    }
    .check b {
      display: block;
      margin-block-start: 2px;
      font-weight: 500;
    }
    .check .icon {
      width: 14px;
      height: 14px;
    }
    .check.ok .icon {
      color: var(--_success-text);
    }
    .check.warn .icon {
      color: var(--_warning-text);
    }
    .check.bad .icon {
      color: var(--_danger-text);
    }

    .tabs {
      display: flex;
      gap: calc(var(--_space) * 5);
      margin-block-end: calc(var(--_space) * 4);
      border-block-end: 1px solid var(--_border);
    }
    .tabs button {
      margin-block-end: -1px;
      padding: calc(var(--_space) * 2) 0;
      border: 0;
      border-block-end: 2px solid transparent;
      background: none;
      color: var(--_text-muted);
      font: 500 var(--_size-m) var(--_font);
      cursor: pointer;
    }
    .tabs button:hover {
      color: var(--_text);
    }
    .tabs [aria-selected='true'] {
      border-color: var(--_accent);
      color: var(--_text);
    }

    @media (forced-colors: active) {
      .tabs [aria-selected='false'] {
        border-color: Canvas;
      }
    }

    .columns {
      display: grid;
      grid-template-columns: minmax(0, 1fr) 320px;
      gap: calc(var(--_space) * 4);
      align-items: start;
    }
    .main {
      display: grid;
      gap: calc(var(--_space) * 4);
      min-width: 0;
    }
    bl-variant-chart {
      padding: calc(var(--_space) * 4);
    }
    h3 .small {
      margin-inline-start: calc(var(--_space) * 1.5);
      font-weight: 400;
    }

    .setup {
      display: grid;
      max-width: 760px;
      margin: 0;
    }
    .setup > div {
      display: grid;
      grid-template-columns: 180px minmax(0, 1fr);
      gap: calc(var(--_space) * 4);
      padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
    }
    .setup > div + div {
      border-block-start: 1px solid var(--_border);
    }
    .setup dd {
      margin: 0;
      overflow-wrap: anywhere;
    }
    .setup ul {
      margin: 0;
      padding: 0;
      list-style: none;
    }
    .setup li {
      display: flex;
      gap: calc(var(--_space) * 2);
      align-items: center;
    }
    code {
      font-family: var(--_mono);
      font-size: 0.8125rem;
    }

    .failure {
      margin-block-end: calc(var(--_space) * 4);
      padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
      border: 1px solid var(--_danger-border);
      border-radius: var(--_radius);
      background: var(--_danger-soft);
    }

    dialog {
      width: min(440px, calc(100% - 32px));
      padding: 0;
      border: 1px solid var(--_border);
      border-radius: var(--_radius-l);
      background: var(--_surface-overlay);
      box-shadow: var(--_shadow-overlay);
      color: var(--_text);
    }
    dialog::backdrop {
      background: oklch(0% 0 0 / 0.4);
    }
    dialog form {
      display: grid;
      gap: calc(var(--_space) * 2);
      padding: calc(var(--_space) * 6);
    }
    dialog h3 {
      font: 600 var(--_size-l) var(--_font);
    }
    dialog .actions {
      justify-content: flex-end;
      margin-block-start: calc(var(--_space) * 3);
    }

    @container detail (width < 960px) {
      @media (forced-colors: active) {
        .tabs [aria-selected='false'] {
          border-color: Canvas;
        }
      }

      .columns {
        grid-template-columns: minmax(0, 1fr);
      }
    }
    @container detail (width < 760px) {
      .health {
        grid-template-columns: repeat(3, minmax(0, 1fr));
      }
      .verdict {
        grid-template-columns: auto minmax(0, 1fr);
        align-items: start;
        padding: calc(var(--_space) * 4);
      }
      .verdict .button {
        grid-column: 1 / -1;
      }
      .setup > div {
        grid-template-columns: minmax(0, 1fr);
        gap: var(--_space);
      }
    }
    @container detail (width < 480px) {
      .health {
        grid-template-columns: repeat(2, minmax(0, 1fr));
      }
    }
  `,
];
