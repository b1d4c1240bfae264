import { css } from 'lit';

/** Buttons, links, fields and pills inside our own shadow roots. There are no public tags of them. */
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

export const linkStyles = css`
  .link {
    padding: 0;
    border: 0;
    background: none;
    color: var(--_accent-text);
    font: inherit;
    text-decoration: underline;
    text-decoration-color: color-mix(in oklch, currentColor 35%, transparent);
    text-underline-offset: 2px;
    cursor: pointer;
  }
  .link:hover {
    text-decoration-color: currentColor;
  }
`;

export const fieldStyles = css`
  .input,
  .select,
  .textarea {
    width: 100%;
    min-height: var(--_control);
    padding: 0 calc(var(--_space) * 2.5);
    border: 1px solid var(--_border-strong);
    border-radius: var(--_radius);
    background: var(--_surface-raised);
    color: var(--_text);
    font: 400 var(--_size-m) var(--_font);
  }
  .textarea {
    padding-block: calc(var(--_space) * 1.5);
    resize: vertical;
  }
  .input::placeholder,
  .textarea::placeholder {
    color: var(--_text-muted);
    opacity: 1;
  }
  .input:focus-visible,
  .select:focus-visible,
  .textarea:focus-visible {
    outline-offset: -1px;
  }
  .input[aria-invalid='true'],
  .select[aria-invalid='true'],
  .textarea[aria-invalid='true'] {
    border-color: var(--_danger);
  }
  .input:disabled,
  .select:disabled,
  .textarea:disabled {
    background: var(--_surface-sunken);
    color: var(--_text-muted);
  }
  @media (pointer: coarse) {
    .input,
    .select,
    .textarea {
      min-height: 44px;
      /* Below 16 px, iOS zooms into a field that gets focus. */
      font-size: 1rem;
    }
  }
`;

export const pillStyles = css`
  .pill {
    display: inline-flex;
    align-items: center;
    gap: calc(var(--_space) * 1.5);
    min-height: 20px;
    padding: 0 calc(var(--_space) * 2);
    border: 1px solid transparent;
    border-radius: var(--_radius-full);
    background: var(--_surface-sunken);
    color: var(--_text-muted);
    font: 500 var(--_size-xs) var(--_font);
    white-space: nowrap;
  }
  .pill.accent {
    background: var(--_accent-soft);
    color: var(--_accent-text);
  }
  .pill.info {
    background: var(--_info-soft);
    color: var(--_info-text);
  }
  .pill.success {
    background: var(--_success-soft);
    color: var(--_success-text);
  }
  .pill.warning {
    background: var(--_warning-soft);
    color: var(--_warning-text);
  }
  .pill.danger {
    background: var(--_danger-soft);
    color: var(--_danger-text);
  }
  @media (forced-colors: active) {
    .pill {
      border-color: CanvasText;
    }
  }
`;
