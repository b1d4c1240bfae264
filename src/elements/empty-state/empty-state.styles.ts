import { css } from 'lit';

export const emptyStateStyles = css`
  :host([size='s']) .base {
    padding-block: calc(var(--_space) * 6);
  }
  :host([size='s']) .symbol {
    width: 36px;
    height: 36px;
    margin-block-end: calc(var(--_space) * 3);
    border-radius: var(--_radius);
  }
  :host([size='s']) .symbol .icon {
    width: 16px;
    height: 16px;
  }
  :host([size='s']) [part='heading'] {
    font: 600 var(--_size-m) var(--_font);
  }
  :host([size='l']) .base {
    padding-block: calc(var(--_space) * 24);
  }
  :host([size='l']) [part='heading'] {
    font: 600 var(--_size-2xl) var(--_font);
  }
  slot[name='footer']::slotted(*) {
    margin-block-start: calc(var(--_space) * 6);
    color: var(--_text-muted);
    font-size: 0.75rem;
    line-height: 1rem;
  }
`;
