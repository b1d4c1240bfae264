import { css } from 'lit';

export const errorPageStyles = css`
  .countdown {
    display: flex;
    flex-wrap: wrap;
    gap: calc(var(--_space) * 2);
    justify-content: center;
    margin-block-start: calc(var(--_space) * 2);
    color: var(--_text-muted);
    font-variant-numeric: tabular-nums;
  }
  details {
    width: min(100%, 560px);
    margin-block-start: calc(var(--_space) * 6);
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    text-align: start;
  }
  details[hidden] {
    display: none;
  }
  summary {
    padding: calc(var(--_space) * 2) calc(var(--_space) * 3);
    border-radius: var(--_radius);
    color: var(--_text-muted);
    font: 400 var(--_size-xs) var(--_font);
    font-variant-numeric: tabular-nums;
    cursor: pointer;
  }
  .report {
    display: grid;
    gap: calc(var(--_space) * 2);
    justify-items: start;
    padding: 0 calc(var(--_space) * 3) calc(var(--_space) * 3);
  }
  pre {
    max-width: 100%;
    margin: 0;
    color: var(--_text-muted);
    font: 400 var(--_size-xs) var(--_mono);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  slot[name='support']::slotted(*) {
    margin-block-start: calc(var(--_space) * 6);
    color: var(--_text-muted);
  }
  @media print {
    .actions,
    .countdown,
    [part='copy'] {
      display: none;
    }
    details::details-content {
      content-visibility: visible;
      block-size: auto;
    }
  }
`;
