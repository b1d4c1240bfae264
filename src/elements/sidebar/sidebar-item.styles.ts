import { css } from 'lit';

export const sidebarItemStyles = css`
  /* It measures itself to know that it is in a rail: WebKit finds no container across a slot. */
  :host {
    container-type: inline-size;
  }
  .row {
    position: relative;
    display: flex;
    align-items: center;
    min-height: var(--_control);
    border-radius: var(--_radius);
    color: var(--_text-muted);
    anchor-name: --row;
  }
  .row:hover,
  .row:focus-within {
    color: var(--_text);
  }
  .row:hover {
    background: color-mix(in oklch, var(--_text) 5%, transparent);
  }
  .row.current {
    background: var(--_surface-raised);
    color: var(--_text);
    box-shadow:
      var(--_shadow),
      0 0 0 1px var(--_border);
  }
  .link {
    display: flex;
    flex: 1;
    gap: calc(var(--_space) * 2.5);
    align-items: center;
    min-width: 0;
    min-height: inherit;
    padding: 0 calc(var(--_space) * 2);
    border: 0;
    border-radius: inherit;
    background: none;
    color: inherit;
    font: 500 var(--_size-m) var(--_font);
    text-align: start;
    text-decoration: none;
    cursor: pointer;
  }
  .link[aria-disabled] {
    opacity: 0.55;
    cursor: default;
  }
  .symbol::slotted(*) {
    flex: none;
    width: 16px;
    height: 16px;
  }
  .label {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .own {
    cursor: default;
  }
  .label ::slotted(:is(a, button)) {
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    text-decoration: none;
    outline: none;
    cursor: pointer;
  }
  /* The whole row belongs to the author's link. */
  .label ::slotted(:is(a, button))::after {
    content: '';
    position: absolute;
    inset: 0;
    border-radius: var(--_radius);
  }
  .label ::slotted(:is(a, button):focus-visible)::after {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }
  .badge {
    color: var(--_text-muted);
    font: 500 var(--_size-xs) var(--_font);
    font-variant-numeric: tabular-nums;
  }
  .chevron {
    position: relative;
    display: grid;
    place-items: center;
    flex: none;
    width: 28px;
    height: 28px;
    padding: 0;
    border: 0;
    border-radius: var(--_radius-s);
    background: none;
    color: inherit;
    cursor: pointer;
  }
  .link .chevron {
    margin-inline-end: calc(var(--_space) * -2);
  }
  .chevron .icon {
    width: 14px;
    height: 14px;
    transition: transform var(--_fast) var(--_ease);
  }
  .chevron .icon:dir(rtl) {
    transform: scaleX(-1);
  }
  [aria-expanded='true'] .icon:is(.chevron *) {
    transform: rotate(90deg);
  }
  .children {
    display: grid;
    gap: 2px;
    margin-block-start: 2px;
    padding-inline-start: calc(var(--_space) * 6.5);
  }
  .children[hidden] {
    display: none;
  }
  .tip {
    display: none;
    position: fixed;
    position-anchor: --row;
    position-area: inline-end;
    z-index: 20;
    width: max-content;
    margin-inline-start: calc(var(--_space) * 2);
    padding: var(--_space) calc(var(--_space) * 2);
    border: 1px solid var(--_border);
    border-radius: var(--_radius-s);
    background: var(--_surface-overlay);
    color: var(--_text);
    font: 500 var(--_size-xs) var(--_font);
    box-shadow: var(--_shadow-overlay);
    pointer-events: none;
  }
  @media (pointer: coarse) {
    .row {
      min-height: 44px;
    }
  }
  /* The rail: the name stays for screen readers, and shows beside the icon on hover and focus. */
  @container (max-width: 96px) {
    .link {
      justify-content: center;
      padding: 0;
    }
    .chevron,
    .badge,
    .children {
      display: none;
    }
    .label {
      position: absolute;
      width: 1px;
      height: 1px;
      clip-path: inset(50%);
    }
    /* Not clipped: it holds the author's link, which covers the row. */
    .own .label {
      inset: 0;
      width: auto;
      height: auto;
      clip-path: none;
      font-size: 0;
    }
    @supports (position-area: inline-end) {
      .row:is(:hover, :focus-within) .tip {
        display: block;
      }
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .chevron .icon {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .row.current {
      outline: 1px solid Highlight;
    }
  }
`;
