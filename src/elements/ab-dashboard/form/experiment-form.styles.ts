import { css } from 'lit';
import { marksStyles } from '../../charts/marks.styles.js';
import { baseStyles } from '../../theme/base.styles.js';
import { buttonStyles, fieldStyles } from '../../theme/controls.styles.js';
import { surfaceStyles } from '../surface.styles.js';

export const experimentFormStyles = [
  baseStyles,
  buttonStyles,
  fieldStyles,
  marksStyles,
  surfaceStyles,
  css`
    :host {
      container: form / inline-size;
    }
    form {
      display: grid;
      gap: calc(var(--_space) * 4);
      max-width: 760px;
    }
    section {
      display: grid;
      gap: calc(var(--_space) * 4);
      padding: calc(var(--_space) * 5);
    }
    h3 {
      font: 600 var(--_size-m) var(--_font);
    }
    fieldset {
      min-width: 0;
      margin: 0;
      padding: 0;
      border: 0;
    }
    label,
    legend {
      font: 500 var(--_size-m) var(--_font);
    }
    legend {
      padding: 0;
      margin-block-end: calc(var(--_space) * 1.5);
    }
    section > fieldset:only-child > legend {
      margin-block-end: calc(var(--_space) * 4);
      font-weight: 600;
    }
    .field {
      display: grid;
      gap: calc(var(--_space) * 1.5);
      align-content: start;
    }
    .note {
      color: var(--_text-muted);
      font: 400 var(--_size-xs) var(--_font);
    }
    .note.problem {
      color: var(--_danger-text);
      font-weight: 500;
    }
    .code {
      font-family: var(--_mono);
      font-size: 0.8125rem;
    }
    .row {
      display: grid;
      grid-template-columns: repeat(3, minmax(0, 1fr));
      gap: calc(var(--_space) * 4);
    }

    .variants {
      display: grid;
      gap: calc(var(--_space) * 2);
    }
    .variant {
      display: grid;
      grid-template-columns: 8px minmax(0, 1.4fr) minmax(0, 1fr) 88px 32px;
      gap: calc(var(--_space) * 2);
      align-items: center;
    }
    .labels {
      color: var(--_text-muted);
      font: 500 var(--_size-xs) var(--_font);
    }
    .share {
      text-align: end;
      font-variant-numeric: tabular-nums;
    }
    .under {
      display: flex;
      flex-wrap: wrap;
      gap: calc(var(--_space) * 2);
      align-items: center;
      margin-block: calc(var(--_space) * 3) calc(var(--_space) * 2);
    }
    .under output {
      margin-inline-start: auto;
    }

    .groups {
      display: grid;
      grid-template-columns: repeat(2, minmax(0, 1fr));
      gap: calc(var(--_space) * 4);
    }
    .choices {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: calc(var(--_space) * 0.5);
    }
    .choice {
      display: flex;
      gap: calc(var(--_space) * 2);
      align-items: center;
      min-height: 28px;
      font-weight: 400;
    }
    .choice input {
      flex: none;
      width: 16px;
      height: 16px;
      margin: 0;
      accent-color: var(--_accent);
    }
    @media (pointer: coarse) {
      .choice {
        min-height: 44px;
      }
    }

    .notice,
    .failure {
      display: flex;
      flex-wrap: wrap;
      gap: calc(var(--_space) * 3);
      align-items: center;
      justify-content: space-between;
      padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
      border: 1px solid var(--_warning-border);
      border-radius: var(--_radius);
      background: var(--_warning-soft);
    }
    .notice p {
      flex: 1 1 30ch;
    }
    .failure {
      border-color: var(--_danger-border);
      background: var(--_danger-soft);
    }
    .submit {
      display: flex;
      gap: calc(var(--_space) * 2);
    }

    @container form (width < 520px) {
      section {
        padding: calc(var(--_space) * 4);
      }
      .row,
      .groups {
        grid-template-columns: minmax(0, 1fr);
      }
      .labels {
        display: none;
      }
      .variant {
        grid-template-columns: 8px minmax(0, 1fr) 80px 44px;
      }
      .variant .code {
        grid-area: 2 / 2 / 3 / 4;
      }
      .variant:not(:last-child) {
        padding-block-end: calc(var(--_space) * 2);
      }
    }
  `,
];
