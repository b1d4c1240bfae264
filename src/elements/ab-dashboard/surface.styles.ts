import { css } from 'lit';

/** Cards, muted text and switches: the surfaces that the dashboard's views stand on. */
export const surfaceStyles = css`
  .card {
    min-width: 0;
    border: 1px solid var(--_border);
    border-radius: var(--_radius-l);
    background: var(--_surface-raised);
  }
  .card-head {
    display: flex;
    flex-wrap: wrap;
    gap: calc(var(--_space) * 2);
    align-items: center;
    justify-content: space-between;
    padding: calc(var(--_space) * 3) calc(var(--_space) * 4);
    border-block-end: 1px solid var(--_border);
  }
  .card-head h3 {
    font: 600 var(--_size-m) var(--_font);
  }
  .muted {
    color: var(--_text-muted);
  }
  /* A name may be long and without a space; where a line must not break, it is nowrap. */
  bdi {
    overflow-wrap: anywhere;
  }
  .small {
    font-size: 0.75rem;
    line-height: 1rem;
  }
  .number {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .swatch {
    display: inline-block;
    width: 8px;
    height: 8px;
    flex: none;
    border-radius: 2px;
    background: var(--_series);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: calc(var(--_space) * 2);
  }

  .segments {
    display: flex;
    margin: 0;
    padding: 2px;
    border: 0;
    border-radius: var(--_radius);
    background: var(--_surface-sunken);
  }
  .segments label {
    position: relative;
    display: block;
  }
  .segments input {
    position: absolute;
    inset: 0;
    margin: 0;
    opacity: 0;
    pointer-events: none;
  }
  .segments span {
    display: block;
    padding: calc((var(--_control) - 24px) / 2) calc(var(--_space) * 2.5);
    border-radius: calc(var(--_radius) - 2px);
    color: var(--_text-muted);
    font: 500 var(--_size-m) var(--_font);
    white-space: nowrap;
    cursor: pointer;
  }
  .segments label:hover span {
    color: var(--_text);
  }
  .segments input:checked + span {
    background: var(--_surface-raised);
    box-shadow: 0 1px 2px oklch(0% 0 0 / 0.08);
    color: var(--_text);
  }
  .segments input:focus-visible + span {
    outline: 2px solid var(--_focus);
  }
  @media (pointer: coarse) {
    .segments span {
      padding-block: 10px;
    }
  }
  @media (forced-colors: active) {
    .segments {
      border: 1px solid CanvasText;
    }
    .segments input:checked + span {
      background: Highlight;
      color: HighlightText;
      forced-color-adjust: none;
    }
  }
`;
