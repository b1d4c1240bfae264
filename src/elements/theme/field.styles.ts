import { css } from 'lit';

/** Form fields: `.input`, `.select`, `.textarea`. */
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
