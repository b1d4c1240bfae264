import { css } from 'lit';

/** The centred layout of empty states and error pages: symbol, heading, words, actions. */
export const stateStyles = css`
  :host {
    container-type: inline-size;
  }
  .base {
    display: grid;
    justify-items: center;
    align-content: center;
    min-height: 100%;
    padding: calc(var(--_space) * 16) calc(var(--_space) * 6);
    text-align: center;
  }
  .symbol {
    display: grid;
    place-items: center;
    width: 48px;
    height: 48px;
    margin-block-end: calc(var(--_space) * 4);
    border-radius: var(--_radius-l);
    background: var(--_surface-sunken);
    color: var(--_text-muted);
  }
  .symbol .icon {
    width: 20px;
    height: 20px;
  }
  .symbol.accent {
    background: var(--_accent-soft);
    color: var(--_accent-text);
  }
  .symbol.info {
    background: var(--_info-soft);
    color: var(--_info-text);
  }
  .symbol.success {
    background: var(--_success-soft);
    color: var(--_success-text);
  }
  .symbol.warning {
    background: var(--_warning-soft);
    color: var(--_warning-text);
  }
  .symbol.danger {
    background: var(--_danger-soft);
    color: var(--_danger-text);
  }
  [part='heading'],
  ::slotted([slot='heading']) {
    margin: 0;
    font: 600 var(--_size-xl) var(--_font);
    letter-spacing: -0.011em;
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  [part='heading']:focus {
    outline: none;
  }
  [part='description'],
  ::slotted([slot='description']) {
    max-width: 46ch;
    margin: var(--_space) 0 0;
    color: var(--_text-muted);
    overflow-wrap: anywhere;
  }
  .body {
    max-width: 100%;
  }
  .body slot::slotted(*) {
    margin-block-start: calc(var(--_space) * 4);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    column-gap: calc(var(--_space) * 2);
  }
  .actions > :not(slot),
  slot[name='actions']::slotted(*) {
    margin-block-start: calc(var(--_space) * 5);
  }
  @container (max-width: 22.5rem) {
    .base {
      padding: calc(var(--_space) * 8) calc(var(--_space) * 4);
    }
    .actions {
      flex-direction: column;
      align-items: stretch;
      align-self: stretch;
      width: 100%;
    }
    .actions > * + :not(slot),
    slot[name='actions']::slotted(:not(:first-child)) {
      margin-block-start: calc(var(--_space) * 2);
    }
  }
  @media (forced-colors: active) {
    .symbol {
      border: 1px solid CanvasText;
      color: CanvasText;
    }
  }
`;
