import { ReactiveElement } from '@lit/reactive-element';
import { property } from 'lit/decorators/property.js';

/**
 * One variant of a `<bl-experiment>` or `<bl-flag>`; `hidden` where another one shows.
 *
 * ```html
 * <bl-variant name="control"><h1>Plain</h1></bl-variant>
 * ```
 *
 * @slot - What the variant looks like.
 */
export class VariantElement extends ReactiveElement {
  /** The variant's key; of a flag `on` or `off`. */
  @property() name = '';

  protected override createRenderRoot(): this {
    return this;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-variant': VariantElement;
  }
}
