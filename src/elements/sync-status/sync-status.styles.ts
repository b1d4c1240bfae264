import { css } from 'lit';

export const syncStatusStyles = css`
  :host {
    font: 400 var(--_size-xs) var(--_font);
    font-variant-numeric: tabular-nums;
  }
  /* In a sidebar's footer, which may become a rail. Elsewhere its width is its content's. */
  :host([slot='footer']) {
    container-type: inline-size;
  }
  .base {
    display: flex;
    flex-wrap: wrap;
    gap: calc(var(--_space) * 2);
    align-items: center;
    padding: var(--_space) calc(var(--_space) * 2);
  }
  .status {
    display: flex;
    flex: 1;
    gap: calc(var(--_space) * 2.5);
    align-items: center;
    min-width: min-content;
  }
  .dot {
    display: grid;
    color: var(--_text-muted);
  }
  .synced {
    color: var(--_success-text);
  }
  .saving,
  .syncing {
    color: var(--_accent-text);
  }
  .offline,
  .conflict {
    color: var(--_warning-text);
  }
  .error {
    color: var(--_danger-text);
  }
  .syncing .icon {
    animation: turn 1.6s linear infinite;
  }
  .words {
    display: grid;
    min-width: 0;
  }
  .label {
    color: var(--_text);
  }
  time {
    color: var(--_text-muted);
  }
  :host([compact]) .words {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  :host([compact]) .base {
    padding: var(--_space);
  }
  /* In a sidebar's rail: the icon alone. */
  @container (max-width: 96px) {
    .base {
      padding: var(--_space) 0;
      justify-content: center;
    }
    .status {
      justify-content: center;
    }
    .words {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .action {
      display: none;
    }
  }
  @keyframes turn {
    to {
      transform: rotate(360deg);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .syncing .icon {
      animation: none;
    }
  }
`;
