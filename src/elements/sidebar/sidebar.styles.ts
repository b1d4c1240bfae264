import { css } from 'lit';

export const sidebarStyles = css`
  :host {
    position: sticky;
    inset-block-start: 0;
    z-index: 20;
    width: var(--bl-sidebar-width, 232px);
    height: 100dvh;
    transition: width var(--_normal) var(--_ease);
  }
  :host([collapsed]) {
    width: var(--bl-sidebar-rail-width, 56px);
  }
  :host(:state(narrow)) {
    width: auto;
    height: auto;
  }
  .panel {
    container-type: inline-size;
    display: flex;
    flex-direction: column;
    gap: calc(var(--_space) * 3);
    height: 100%;
    padding: calc(var(--_space) * 4) calc(var(--_space) * 3) calc(var(--_space) * 3);
    background: var(--_surface-sunken);
    border-inline-end: 1px solid var(--_border);
  }
  :host([collapsed]:not(:state(narrow))) .panel {
    padding-inline: calc(var(--_space) * 2);
  }
  :host([side='end']) .panel {
    border-inline: 1px solid var(--_border);
    border-inline-end: 0;
  }
  .head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 32px;
    gap: calc(var(--_space) * 2);
  }
  .brand {
    display: flex;
    gap: calc(var(--_space) * 2.5);
    align-items: center;
    min-width: 0;
    padding-inline-start: calc(var(--_space) * 2);
    color: var(--_text);
    font: 600 var(--_size-m) var(--_font);
  }
  .mark {
    display: grid;
    place-items: center;
    flex: none;
    width: 28px;
    height: 28px;
    border-radius: var(--_radius);
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .toggle {
    color: var(--_text-muted);
    flex: none;
  }
  .toggle:dir(rtl) .icon {
    transform: scaleX(-1);
  }
  nav {
    flex: 1;
    min-height: 0;
    /* Room for focus rings and the current item's hairline, which the scroll box would clip. */
    margin-inline: calc(var(--_space) * -1);
    padding: 2px var(--_space);
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
  }
  .list {
    display: grid;
    gap: 2px;
  }
  .bar {
    display: flex;
    gap: var(--_space);
    align-items: center;
    min-height: 56px;
    padding-inline: calc(var(--_space) * 3);
    background: var(--_surface-sunken);
    border-block-end: 1px solid var(--_border);
  }
  .bar .brand {
    padding-inline-start: var(--_space);
  }
  dialog {
    position: fixed;
    inset-block: 0;
    inset-inline: 0 auto;
    width: min(88vw, 304px);
    max-width: none;
    height: 100dvh;
    max-height: none;
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    overscroll-behavior: contain;
  }
  :host([side='end']) dialog {
    inset-inline: auto 0;
  }
  dialog[open] {
    animation: appear var(--_normal) var(--_ease);
    --_from: -24px;
  }
  dialog[open]:is(:dir(rtl), :host([side='end']) *) {
    --_from: 24px;
  }
  dialog::backdrop {
    background: oklch(0% 0 0 / 0.4);
  }
  @keyframes appear {
    from {
      opacity: 0;
      transform: translateX(var(--_from));
    }
  }
  .skip:not(:focus) {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .skip:focus {
    position: absolute;
    inset-block-start: calc(var(--_space) * 2);
    inset-inline-start: calc(var(--_space) * 2);
    z-index: 1;
  }
  @container (max-width: 96px) {
    .head {
      flex-direction: column;
    }
    .brand {
      padding: 0;
    }
    .name {
      position: absolute;
      width: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    :host {
      transition: none;
    }
    dialog[open] {
      animation: none;
    }
  }
  @media print {
    :host {
      display: none;
    }
  }
`;
