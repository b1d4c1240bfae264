import { css } from 'lit';

export const sidebarGroupStyles = css`
  :host {
    /* As in an item: for the rail. */
    container-type: inline-size;
    padding-block-start: calc(var(--_space) * 3);
  }
  .heading {
    display: flex;
    align-items: center;
    justify-content: space-between;
    width: 100%;
    min-height: 24px;
    padding: 0 calc(var(--_space) * 2);
    border: 0;
    border-radius: var(--_radius-s);
    background: none;
    color: var(--_text-muted);
    font: 400 var(--_size-xs) var(--_font);
    text-align: start;
  }
  button.heading {
    cursor: pointer;
  }
  button.heading:hover {
    color: var(--_text);
  }
  .heading .icon {
    width: 14px;
    height: 14px;
    transition: transform var(--_fast) var(--_ease);
  }
  .heading[aria-expanded='false'] .icon {
    transform: rotate(-90deg);
  }
  .heading[aria-expanded='false']:dir(rtl) .icon {
    transform: rotate(90deg);
  }
  [part='items'] {
    display: grid;
    gap: 2px;
    padding-block-start: var(--_space);
  }
  [part='items'][hidden] {
    display: none;
  }
  /* The rail: a hairline stands for the name, which stays for screen readers. */
  @container (max-width: 96px) {
    .heading {
      min-height: 1px;
      height: 1px;
      background: var(--_border);
      overflow: hidden;
    }
    .heading span {
      position: absolute;
      width: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    [part='items'] {
      padding-block-start: calc(var(--_space) * 3);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .heading .icon {
      transition: none;
    }
  }
`;
