import { css } from 'lit';
import { actionsStyles } from '../theme/actions.styles.js';
import { baseStyles } from '../theme/base.styles.js';
import { buttonStyles } from '../theme/controls.styles.js';
import { surfaceStyles } from './surface.styles.js';

export const abDashboardStyles = [
  baseStyles,
  buttonStyles,
  actionsStyles,
  surfaceStyles,
  css`
    .lead {
      display: flex;
      flex-wrap: wrap;
      gap: calc(var(--_space) * 3) calc(var(--_space) * 4);
      align-items: center;
      justify-content: space-between;
      margin-block-end: calc(var(--_space) * 4);
    }
    .overview {
      color: var(--_text-muted);
    }
    .overview:focus,
    h2:focus {
      outline: none;
    }
    nav {
      margin-block-end: calc(var(--_space) * 3);
    }
    .back {
      display: inline-flex;
      gap: calc(var(--_space) * 1.5);
      align-items: center;
      min-height: 24px;
      border-radius: var(--_radius-s);
      color: var(--_text-muted);
      font: 500 var(--_size-xs) var(--_font);
      text-decoration: none;
    }
    .back:hover {
      color: var(--_text);
    }
    .back .icon {
      width: 14px;
      height: 14px;
    }
    .back .icon:dir(rtl) {
      scale: -1 1;
    }
    h2 {
      margin-block-end: calc(var(--_space) * 4);
      font: 600 var(--_size-xl) var(--_font);
      letter-spacing: -0.011em;
      overflow-wrap: anywhere;
    }
  `,
];
