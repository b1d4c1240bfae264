import { css } from 'lit';

export const experimentOverlayStyles = css`
  :host {
    position: fixed;
    inset-block-end: calc(var(--_space) * 4);
    inset-inline-end: calc(var(--_space) * 4);
    /* Above whatever the page has: it is there to look at the page. */
    z-index: 2147483647;
    text-align: start;
  }
  .panel {
    display: flex;
    flex-direction: column;
    width: 400px;
    max-height: min(640px, calc(100dvh - 32px));
    overflow: hidden;
    border: 1px solid var(--_border);
    border-radius: var(--_radius-l);
    background: var(--_surface-overlay);
    box-shadow: var(--_shadow-overlay);
  }
  header {
    display: flex;
    flex: none;
    gap: calc(var(--_space) * 2);
    align-items: center;
    padding: calc(var(--_space) * 3);
    padding-inline-start: calc(var(--_space) * 4);
    border-block-end: 1px solid var(--_border);
  }
  h2 {
    display: flex;
    flex: 1;
    gap: calc(var(--_space) * 2);
    align-items: center;
    font: 600 var(--_size-l) var(--_font);
    letter-spacing: -0.011em;
  }
  h2:focus-visible {
    border-radius: var(--_radius-s);
  }
  .body {
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: calc(var(--_space) * 4);
  }
  dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: calc(var(--_space) * 1.5) calc(var(--_space) * 4);
    margin: 0;
    font: 400 var(--_size-s) var(--_font);
  }
  dt {
    color: var(--_text-muted);
  }
  dd {
    display: grid;
    justify-items: start;
    margin: 0;
  }
  code {
    max-width: 100%;
    font: 400 var(--_size-xs) var(--_mono);
    overflow-wrap: anywhere;
  }
  dd code {
    padding-block: 2px;
  }
  b {
    color: var(--_text-muted);
    font-weight: 400;
  }
  .note {
    margin-block-start: calc(var(--_space) * 3);
    color: var(--_text-muted);
    font: 400 var(--_size-s) var(--_font);
  }
  h3,
  .others {
    margin-block-start: calc(var(--_space) * 5);
  }
  .others > ul {
    margin-block-start: calc(var(--_space) * 2);
  }
  h3 {
    margin-block-end: calc(var(--_space) * 2);
    color: var(--_text-muted);
    font: 500 var(--_size-s) var(--_font);
  }
  ul,
  ol {
    margin: 0;
    padding: 0;
  }
  ul {
    display: grid;
    gap: calc(var(--_space) * 2);
    list-style: none;
  }
  ul > li {
    display: grid;
    gap: calc(var(--_space) * 2);
    padding: calc(var(--_space) * 3);
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    background: var(--_surface-raised);
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    gap: var(--_space) calc(var(--_space) * 2);
    align-items: center;
  }
  .key {
    flex: 1;
    min-width: 0;
    font: 500 var(--_size-s) var(--_mono);
  }
  .muted {
    color: var(--_text-muted);
    font: 400 var(--_size-xs) var(--_font);
  }
  summary {
    width: max-content;
    border-radius: var(--_radius-s);
    color: var(--_text-muted);
    font: 500 var(--_size-s) var(--_font);
    cursor: pointer;
  }
  summary:hover {
    color: var(--_text);
  }
  ol {
    display: grid;
    gap: var(--_space);
    margin-block-start: calc(var(--_space) * 2);
    padding-inline-start: calc(var(--_space) * 5);
    color: var(--_text-muted);
    font: 400 var(--_size-s) var(--_font);
    overflow-wrap: anywhere;
  }
  .toggle {
    display: flex;
    gap: calc(var(--_space) * 1.5);
    align-items: center;
    min-width: 44px;
    height: 44px;
    padding: 0 calc(var(--_space) * 3.5);
    border: 1px solid var(--_border);
    border-radius: var(--_radius-full);
    background: var(--_surface-overlay);
    box-shadow: var(--_shadow-overlay);
    color: var(--_text);
    font: 500 var(--_size-m) var(--_font);
    font-variant-numeric: tabular-nums;
    cursor: pointer;
  }
  .toggle:hover {
    background: var(--_surface-sunken);
  }
  .toggle.forced {
    border-color: var(--_warning-border);
    background: var(--_warning-soft);
    color: var(--_warning-text);
  }
  @media (max-width: 479.98px) {
    :host([open]) {
      inset-inline: 0;
      inset-block-end: 0;
    }
    .panel {
      width: auto;
      max-height: 66dvh;
      border-width: 1px 0 0;
      border-end-start-radius: 0;
      border-end-end-radius: 0;
    }
  }
  @media print {
    :host {
      display: none;
    }
  }
`;
