import { css } from 'lit';

export const loadingSpinnerStyles = css`
  :host {
    display: inline-block;
    position: relative;
    vertical-align: middle;
    --_ring: var(--bl-spinner-size, 24px);
    /* On the ring's own grid of 24, so that it is 2, 2.5 and 3 px wide. */
    --_stroke: 2.5;
  }
  :host(:state(wraps)) {
    display: block;
  }
  :host([size='s']) {
    --_ring: var(--bl-spinner-size, 16px);
    --_stroke: 3;
  }
  :host([size='l']) {
    --_ring: var(--bl-spinner-size, 40px);
    --_stroke: 1.8;
  }
  .base {
    display: flex;
    align-items: center;
    gap: calc(var(--_space) * 2);
    visibility: hidden;
    opacity: 0;
  }
  .base.visible {
    visibility: visible;
    opacity: 1;
    transition: opacity var(--_fast) var(--_ease);
  }
  :host(:state(wraps)) .base {
    position: absolute;
    inset: 0;
    flex-direction: column;
    justify-content: center;
  }
  .content[inert] {
    visibility: hidden;
  }
  :host([overlay]) .content[inert] {
    visibility: visible;
    /* Dimmed, yet text in it keeps a contrast of 4.5. */
    opacity: 0.65;
  }
  .progress {
    display: block;
    line-height: 0;
  }
  .ring {
    width: var(--_ring);
    height: var(--_ring);
    fill: none;
    stroke-width: var(--bl-spinner-width, var(--_stroke));
    stroke-linecap: round;
    transform: rotate(-90deg);
  }
  .track {
    stroke: var(--_border);
  }
  .arc {
    stroke: var(--bl-spinner-color, var(--_accent));
    transition: stroke-dasharray var(--_normal) var(--_ease);
  }
  .turning {
    animation: turn 0.8s linear infinite;
  }
  .label {
    color: var(--_text-muted);
  }
  .label:empty {
    display: none;
  }
  @keyframes turn {
    to {
      transform: rotate(270deg);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .turning {
      animation-duration: 3.2s;
    }
    .base.visible,
    .arc {
      transition: none;
    }
  }
  @media (forced-colors: active) {
    .track {
      stroke: GrayText;
    }
  }
  @media print {
    .base {
      display: none;
    }
  }
`;
