import { css } from 'lit';

export const pageHeaderStyles = css`
  :host {
    container-type: inline-size;
    padding-block-end: calc(var(--_space) * 5);
  }
  :host([divider]) {
    border-block-end: 1px solid var(--_border);
  }
  :host([sticky]) {
    position: sticky;
    inset-block-start: 0;
    z-index: 10;
    background: var(--bl-page-header-background, var(--_surface));
    border-block-end: 1px solid var(--_border);
  }
  @supports (animation-timeline: scroll()) {
    :host([sticky]:not([divider])) {
      border-block-end-color: transparent;
      animation: lift linear both;
      animation-timeline: scroll();
      animation-range: 0 24px;
    }
  }
  @keyframes lift {
    to {
      border-block-end-color: var(--_border);
    }
  }
  .crumbs {
    display: flex;
    flex-wrap: wrap;
    color: var(--_text-muted);
    font: 400 var(--_size-xs) var(--_font);
  }
  .crumbs slot::slotted(*) {
    margin-block-end: calc(var(--_space) * 2);
  }
  .crumbs slot::slotted(a) {
    color: inherit;
    text-decoration: none;
  }
  .crumbs slot::slotted(a:hover) {
    color: var(--_text);
    text-decoration: underline;
  }
  .crumbs slot::slotted(a:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
    border-radius: 2px;
  }
  .crumbs slot::slotted(:is(a, span):not(:nth-last-child(1 of [slot='breadcrumbs'])))::after {
    content: '/';
    display: inline-block;
    padding-inline: calc(var(--_space) * 1.5);
    color: var(--_text-muted);
    text-decoration: none;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: calc(var(--_space) * 2) calc(var(--_space) * 4);
    align-items: flex-start;
    justify-content: space-between;
  }
  .words {
    display: flex;
    gap: calc(var(--_space) * 3);
    flex: 1 1 20rem;
    min-width: 0;
  }
  .back {
    display: grid;
    place-items: center;
    flex: none;
    width: 28px;
    height: 28px;
    border-radius: var(--_radius);
    color: var(--_text-muted);
  }
  .back:hover {
    background: var(--_surface-sunken);
    color: var(--_text);
  }
  .back:dir(rtl) .icon {
    transform: scaleX(-1);
  }
  .titles {
    min-width: 0;
  }
  .title {
    display: flex;
    flex-wrap: wrap;
    gap: var(--_space) calc(var(--_space) * 2.5);
    align-items: center;
  }
  [part='heading'],
  slot[name='heading']::slotted(*) {
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
  slot[name='description']::slotted(*) {
    max-width: 68ch;
    margin: 2px 0 0;
    color: var(--_text-muted);
  }
  slot[name='meta']::slotted(*) {
    margin-block-start: calc(var(--_space) * 2);
    color: var(--_text-muted);
    font-size: 0.75rem;
    line-height: 1rem;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: calc(var(--_space) * 2);
  }
  slot[name='tabs']::slotted(*) {
    margin-block-start: calc(var(--_space) * 4);
  }
  @container (max-width: 30rem) {
    /* Only the way up, with the arrow that says so. */
    .crumbs slot::slotted(:not(:nth-last-child(2 of [slot='breadcrumbs']))) {
      display: none;
    }
    .crumbs slot::slotted(:is(a, span):nth-last-child(2 of [slot='breadcrumbs']))::after {
      content: none;
    }
    .crumbs slot::slotted(a:nth-last-child(2 of [slot='breadcrumbs']))::before {
      content: '‹';
      display: inline-block;
      padding-inline-end: calc(var(--_space) * 1.5);
    }
    .crumbs slot::slotted(:is(a:only-of-type, nav)) {
      display: revert;
    }
  }
  @media (pointer: coarse) {
    .back {
      width: 44px;
      height: 44px;
      margin-block: -8px;
    }
  }
  @media print {
    :host([sticky]) {
      position: static;
    }
    .actions,
    .back {
      display: none;
    }
  }
`;
