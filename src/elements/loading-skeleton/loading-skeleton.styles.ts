import { css } from 'lit';

export const loadingSkeletonStyles = css`
  :host {
    position: relative;
  }
  .content.loading {
    visibility: hidden;
  }
  .bones {
    display: grid;
    gap: calc(var(--_space) * 3);
    align-content: start;
    visibility: hidden;
    opacity: 0;
  }
  .bones[hidden] {
    display: none;
  }
  .bones.drawn {
    visibility: visible;
    opacity: 1;
  }
  .bones.covers {
    position: absolute;
    inset: 0;
    overflow: hidden;
  }
  .bone {
    display: block;
    position: relative;
    overflow: hidden;
    height: 0.75rem;
    border-radius: var(--_radius-s);
    background: color-mix(in oklch, var(--_text) 8%, transparent);
  }
  :host(:is([shape='text'], [shape='card'], [shape='list'])) .bone:last-child:not(:only-child) {
    width: 62%;
  }
  :host([shape='circle']) .bones {
    width: 40px;
    aspect-ratio: 1;
  }
  :host([shape='circle']) .bone {
    height: 100%;
    border-radius: 50%;
  }
  :host([shape='rect']) .bones {
    min-height: 8rem;
  }
  :host([shape='rect']) .bone {
    height: 100%;
    border-radius: var(--_radius);
  }
  .picture .bone {
    height: 9rem;
    border-radius: var(--_radius);
  }
  .text {
    display: grid;
    gap: calc(var(--_space) * 2);
    align-content: center;
  }
  .entry {
    display: grid;
    grid-template-columns: 36px 1fr;
    gap: calc(var(--_space) * 3);
  }
  .entry > .bone {
    height: 36px;
    border-radius: 50%;
  }
  .row {
    display: grid;
    grid-template-columns: 2fr 1fr 1fr 1fr;
    gap: calc(var(--_space) * 6);
    padding-block: calc(var(--_space) * 1);
  }
  .row + .row {
    padding-block-start: calc(var(--_space) * 4);
    border-block-start: 1px solid var(--_border);
  }
  .row:first-child .bone {
    height: 0.5rem;
    width: 60%;
  }
  .row .bone:nth-child(n + 3) {
    width: 70%;
  }
  :host([shape='chart']) .bones {
    grid-auto-flow: column;
    grid-auto-columns: 1fr;
    align-items: end;
    align-content: stretch;
    min-height: 10rem;
    padding-block-end: calc(var(--_space) * 2);
    border-block-end: 1px solid var(--_border);
  }
  :host([shape='chart']) .bone {
    height: 45%;
  }
  :host([shape='chart']) .bone:nth-child(3n + 2) {
    height: 80%;
  }
  :host([shape='chart']) .bone:nth-child(4n + 3) {
    height: 62%;
  }
  @keyframes sweep {
    to {
      transform: translateX(100%);
    }
  }
  @keyframes pulse {
    to {
      opacity: 0.45;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    :host([effect='shimmer']) .drawn .bone::after {
      content: '';
      position: absolute;
      inset: 0;
      background: linear-gradient(
        90deg,
        transparent,
        color-mix(in oklch, var(--_surface-raised) 70%, transparent),
        transparent
      );
      transform: translateX(-100%);
      animation: sweep 1.6s var(--_ease) infinite;
    }
    :host([effect='shimmer']:dir(rtl)) .bone::after {
      animation-direction: reverse;
    }
    :host([effect='pulse']) .drawn .bone {
      animation: pulse 1.6s ease-in-out infinite alternate;
    }
    .bones.drawn {
      transition: opacity var(--_normal) var(--_ease);
    }
  }
  @media (forced-colors: active) {
    .bone {
      border: 1px solid GrayText;
    }
  }
`;
