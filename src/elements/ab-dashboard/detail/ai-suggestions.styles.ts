import { css } from 'lit';
import { baseStyles } from '../../theme/base.styles.js';
import { buttonStyles } from '../../theme/button.styles.js';
import { linkStyles } from '../../theme/link.styles.js';
import { pillStyles } from '../../theme/pill.styles.js';
import { surfaceStyles } from '../surface.styles.js';

export const aiSuggestionsStyles = [
  baseStyles,
  buttonStyles,
  linkStyles,
  pillStyles,
  surfaceStyles,
  css`
    ul {
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      display: grid;
      gap: calc(var(--_space) * 2);
      padding: calc(var(--_space) * 3.5) calc(var(--_space) * 4);
    }
    li + li {
      border-block-start: 1px solid var(--_border);
    }
    .title {
      display: flex;
      gap: calc(var(--_space) * 2);
      align-items: baseline;
    }
    .title b {
      font-weight: 500;
    }
    .claim bdi bdi {
      color: var(--_text);
    }
    .link[aria-expanded='true'] {
      border-radius: var(--_radius-s);
      background: var(--_accent-soft);
    }
    .source {
      display: grid;
      gap: var(--_space);
      margin: 0;
      padding: calc(var(--_space) * 2) calc(var(--_space) * 3);
      border-radius: var(--_radius);
      background: var(--_surface-sunken);
    }
    .source div {
      display: flex;
      flex-wrap: wrap;
      gap: 0 calc(var(--_space) * 3);
      justify-content: space-between;
    }
    .source dd {
      margin: 0;
    }
    .none,
    .hidden {
      padding: calc(var(--_space) * 4);
    }
    .none {
      display: flex;
      gap: calc(var(--_space) * 2);
      align-items: center;
    }
    .hidden {
      border-block-start: 1px solid var(--_border);
    }
    li .button {
      min-height: 28px;
      padding-inline: calc(var(--_space) * 2.5);
    }
    li .actions {
      align-items: center;
    }
    li .ghost:first-child {
      margin-inline-start: calc(var(--_space) * -2.5);
    }
    .confidence {
      margin-inline-start: auto;
    }
    @media (pointer: coarse) {
      li .button {
        min-height: 44px;
      }
    }
  `,
];
