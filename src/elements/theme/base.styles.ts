import { css } from 'lit';
import { tokens } from './tokens.styles.js';

/** The one sheet that every element adopts: tokens, resets and what all of them share. */
export const baseStyles = css`
  :host {
    ${tokens}
    display: block;
    font: 400 var(--_size-m) var(--_font);
    color: var(--_text);
    text-wrap: pretty;
  }
  :host([hidden]) {
    display: none !important;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  :focus-visible {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  p {
    margin: 0;
  }
  .icon {
    width: 16px;
    height: 16px;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-contrast: more) {
    :host {
      --_text-muted: var(--_text);
      --_border: var(--_border-strong);
    }
  }
  @media (forced-colors: active) {
    :host {
      --_text: CanvasText;
      --_text-muted: CanvasText;
      --_border: CanvasText;
      --_border-strong: ButtonBorder;
      --_accent: Highlight;
      --_on-accent: HighlightText;
      --_accent-text: LinkText;
      --_focus: Highlight;
    }
  }
`;
