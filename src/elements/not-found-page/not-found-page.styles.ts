import { css } from 'lit';

export const notFoundPageStyles = css`
  .path {
    display: inline-block;
    max-width: 100%;
    margin-block-start: calc(var(--_space) * 3);
    padding: var(--_space) calc(var(--_space) * 2);
    border-radius: var(--_radius-s);
    background: var(--_surface-sunken);
    font: 400 var(--_size-xs) var(--_mono);
    overflow-wrap: anywhere;
  }
  nav {
    margin-block-start: calc(var(--_space) * 6);
    color: var(--_text-muted);
  }
  ul {
    display: grid;
    gap: var(--_space);
    margin: calc(var(--_space) * 2) 0 0;
    padding: 0;
    list-style: none;
  }
  li {
    overflow-wrap: anywhere;
  }
  slot[name='search']::slotted(*),
  slot[name='links']::slotted(*) {
    margin-block-start: calc(var(--_space) * 5);
  }
`;
