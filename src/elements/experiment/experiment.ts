import type { Decision } from '../../experiments/decision.js';
import { DecidedElement } from './decided-element.js';

/**
 * Shows one variant of an experiment: what the client of the page decides (`provideExperiments`), and
 * until then, or without JavaScript, what the inline script chose or else the control. Whoever takes
 * part is recorded when the variant is in the page; from then on it stays, whatever is changed.
 *
 * ```html
 * <bl-experiment key="hero-copy">
 *   <bl-variant name="control"><h1>Plain</h1></bl-variant>
 *   <template data-variant="bold"><h1>Bold</h1></template>
 * </bl-experiment>
 * ```
 *
 * @slot - The variants: `<bl-variant name>`, the first of which is the control, and
 *   `<template data-variant>`.
 * @attribute {string} variant - Name of the variant that shows.
 * @fires {ExposureEvent} bl-exposure - The variant is in the page, and whoever sees it takes part; does not bubble.
 */
export class ExperimentElement extends DecidedElement {
  protected override nameOf({ variant }: Decision): string {
    return variant;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-experiment': ExperimentElement;
  }
}
