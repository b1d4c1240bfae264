import { css } from 'lit';

/** Buttons inside our own shadow roots: `.button`, with `.primary`, `.ghost`, `.danger`, `.icon-only`. */
export const buttonStyles = css`
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: calc(var(--_space) * 2);
    min-height: var(--_control);
    padding: 0 calc(var(--_space) * 3);
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    background: var(--_surface-raised);
    color: var(--_text);
    font: 500 var(--_size-m) var(--_font);
    text-decoration: none;
    white-space: nowrap;
    cursor: pointer;
    transition: background-color var(--_fast) var(--_ease);
  }
  .button:hover {
    background: var(--_surface-sunken);
  }
  .button.primary {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .button.primary:hover {
    background: var(--_accent-hover);
  }
  .button.ghost {
    border-color: transparent;
    background: none;
  }
  .button.ghost:hover {
    background: var(--_surface-sunken);
  }
  .button.icon-only {
    width: var(--_control);
    padding: 0;
  }
  .button.danger {
    color: var(--_danger-text);
  }
  .button:disabled,
  .button[aria-disabled='true'] {
    opacity: 0.55;
    cursor: default;
  }
  @media (pointer: coarse) {
    .button {
      min-height: 44px;
      min-width: 44px;
    }
  }
  @media (forced-colors: active) {
    .button.primary {
      border-color: Highlight;
      forced-color-adjust: none;
    }
  }
`;
