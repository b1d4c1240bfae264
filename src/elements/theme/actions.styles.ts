import { css } from 'lit';

/**
 * The author's own `<button>` and `<a>` in an `actions` slot. `data-bl-tone="accent"` makes the
 * main one, `danger` the one that destroys. The page's own CSS wins over these rules.
 */
export const actionsStyles = css`
  slot[name='actions']::slotted(button),
  slot[name='actions']::slotted(a) {
    box-sizing: border-box;
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
  }
  slot[name='actions']::slotted(:is(button, a):hover) {
    background: var(--_surface-sunken);
  }
  slot[name='actions']::slotted(:is(button, a):focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }
  slot[name='actions']::slotted([data-bl-tone='accent']) {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  slot[name='actions']::slotted([data-bl-tone='accent']:hover) {
    background: var(--_accent-hover);
  }
  slot[name='actions']::slotted([data-bl-tone='danger']) {
    color: var(--_danger-text);
  }
  slot[name='actions']::slotted(button:disabled) {
    opacity: 0.55;
    cursor: default;
  }
  @media (pointer: coarse) {
    slot[name='actions']::slotted(:is(button, a)) {
      min-height: 44px;
    }
  }
`;
