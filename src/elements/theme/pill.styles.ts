import { css } from 'lit';

/** Pills: `.pill` with a tone. */
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
