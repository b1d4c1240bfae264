import { html, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { BlElement } from '../base.js';
import { icon } from '../icons/icon.js';
import { chevronDown } from '../icons/shapes.js';
import { baseStyles } from '../theme/base.styles.js';
import { sidebarGroupStyles } from './sidebar-group.styles.js';

/**
 * Items of a sidebar that belong together.
 *
 * @slot - `<bl-sidebar-item>` elements.
 * @csspart heading - The group's name.
 * @csspart items - The list of items.
 */
export class SidebarGroup extends BlElement {
  static override styles = [baseStyles, sidebarGroupStyles];

  /** The group's name. */
  @property() heading = '';

  /** Its heading opens and closes it. */
  @property({ type: Boolean, reflect: true }) collapsible = false;

  /** It is closed. */
  @property({ type: Boolean, reflect: true }) collapsed = false;

  protected readonly defaults = {};

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute('role')) this.setAttribute('role', 'listitem');
  }

  protected override render(): TemplateResult {
    const closed = this.collapsible && this.collapsed;
    return html`
      ${this.heading ? this.#renderHeading(closed) : nothing}
      <div
        part="items"
        id="items"
        role="list"
        aria-label=${this.heading || nothing}
        ?hidden=${closed}
      >
        <slot></slot>
      </div>
    `;
  }

  #renderHeading(closed: boolean): TemplateResult {
    if (!this.collapsible) {
      return html`<div part="heading" class="heading"><span>${this.heading}</span></div>`;
    }
    return html`<button
      part="heading"
      class="heading"
      type="button"
      aria-expanded=${closed ? 'false' : 'true'}
      aria-controls="items"
      @click=${() => (this.collapsed = !this.collapsed)}
    >
      <span>${this.heading}</span>${icon(chevronDown)}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-sidebar-group': SidebarGroup;
  }
}
