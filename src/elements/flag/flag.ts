import type { Decision } from '../../experiments/decision.js';
import { flagName, OFF } from '../../experiments/inline/show-variant.js';
import { DecidedElement } from '../experiment/decided-element.js';

/**
 * Shows what is behind a feature flag, or what is there without it. A flag is an experiment of which
 * only on or off is asked: its variant’s payload says which, `true` or `false`; without one every
 * variant but the control is on. Otherwise it is a `<bl-experiment>`.
 *
 * ```html
 * <bl-flag key="new-search">
 *   <bl-variant name="off"><a href="/search">Search</a></bl-variant>
 *   <template data-variant="on"><input type="search" aria-label="Search" /></template>
 * </bl-flag>
 * ```
 *
 * @slot - `<bl-variant name="off">`, if there is anything to show then, and
 *   `<template data-variant="on">`.
 * @attribute {string} variant - `on` or `off`.
 * @fires {ExposureEvent} bl-exposure - The variant is in the page, and whoever sees it takes part; does not bubble.
 */
export class FlagElement extends DecidedElement {
  protected override readonly control = OFF;

  protected override nameOf({ payload, index }: Decision): string {
    return flagName(payload, index);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-flag': FlagElement;
  }
}
