import { html, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { BlElement } from '../base.js';
import { icon, registeredIcon } from '../icons/icon.js';
import { chevronRight } from '../icons/shapes.js';
import { sidebarMessages } from '../messages.js';
import { hasSlotted } from '../slotted.js';
import { baseStyles } from '../theme/base.styles.js';
import type { Match } from './current.js';
import { sidebarItemStyles } from './sidebar-item.styles.js';

/**
 * A place to go. Give it `href`, or put your framework's own link inside.
 *
 * ```html
 * <bl-sidebar-item href="/ops/ab-testing" icon="beaker" badge="6">A/B testing</bl-sidebar-item>
 * <bl-sidebar-item icon="flag"><RouterLink to="/flags">Feature flags</RouterLink></bl-sidebar-item>
 * ```
 *
 * @slot - The name; or an `<a>` or `<button>` of your own that holds it.
 * @slot icon - Your own icon, 16 px.
 * @slot badge - Your own badge, instead of `badge`.
 * @slot children - `<bl-sidebar-item>` elements below this one.
 * @csspart link - The whole row.
 * @csspart label - The name.
 * @csspart badge - The badge.
 * @csspart children - The list of items below this one.
 */
export class SidebarItem extends BlElement<typeof sidebarMessages> {
  static override styles = [baseStyles, sidebarItemStyles];

  /** Where it leads. */
  @property() href = '';

  /** Name of a registered icon. */
  @property() icon = '';

  /** A count or a word at the end. */
  @property() badge = '';

  /** This is the current page. Without any such item the sidebar finds out by the address. */
  @property({ type: Boolean, reflect: true }) current = false;

  /** When the sidebar takes it for current: at its address, also below it, or never. */
  @property() match: Match = 'prefix';

  /** Its children are shown. */
  @property({ type: Boolean, reflect: true }) expanded = false;

  /** It leads nowhere now. */
  @property({ type: Boolean, reflect: true }) disabled = false;

  /** Whether the sidebar found this item's address to be the current one. */
  @property({ attribute: false }) found = false;

  protected readonly defaults = sidebarMessages;
  #marked: Element | null = null;

  /** Where it leads, by `href` or by the link inside; null for neither. */
  get target(): URL | null {
    const href = this.href || this.#own()?.getAttribute('href');
    return href ? (URL.parse?.(href, document.baseURI) ?? null) : null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute('role')) this.setAttribute('role', 'listitem');
  }

  /** Focuses the link. */
  override focus(options?: FocusOptions): void {
    const link = this.#own() ?? this.renderRoot.querySelector<HTMLElement>('a, button');
    link?.focus(options);
  }

  /** Shows or hides the children; without children it does nothing. */
  toggle(expanded = !this.expanded): void {
    if (hasSlotted(this, 'children')) this.expanded = expanded;
  }

  protected override render(): TemplateResult {
    const parent = hasSlotted(this, 'children');
    return html`
      <div class="row ${this.current || this.found ? 'current' : ''}">
        ${this.#renderRow(parent)}
        ${parent && (this.href || this.#own()) ? this.#renderMore() : nothing}
        <span class="tip" aria-hidden="true">${this.#name()}</span>
      </div>
      <div part="children" class="children" role="list" ?hidden=${!parent || !this.expanded}>
        <slot name="children" @slotchange=${() => this.requestUpdate()}></slot>
      </div>
    `;
  }

  protected override updated(): void {
    this.#markOwn();
  }

  #renderRow(parent: boolean): TemplateResult {
    const content = html`
      <slot name="icon" class="symbol">
        ${this.icon ? icon(registeredIcon(this.icon) ?? chevronRight) : nothing}
      </slot>
      <span part="label" class="label">
        <slot @slotchange=${() => this.requestUpdate()}></slot>
      </span>
      <slot name="badge">
        ${this.badge ? html`<span part="badge" class="badge">${this.badge}</span>` : nothing}
      </slot>
    `;
    if (this.#own()) return html`<div part="link" class="link own">${content}</div>`;
    if (this.href && !this.disabled) {
      const current = this.current || this.found ? 'page' : nothing;
      return html`<a part="link" class="link" href=${this.href} aria-current=${current}>
        ${content}
      </a>`;
    }
    if (parent && !this.disabled) {
      return html`<button
        part="link"
        class="link"
        type="button"
        aria-expanded=${this.expanded ? 'true' : 'false'}
        @click=${() => this.toggle()}
      >
        ${content}<span class="chevron">${icon(chevronRight)}</span>
      </button>`;
    }
    return html`<a part="link" class="link" role="link" aria-disabled="true">${content}</a>`;
  }

  #renderMore(): TemplateResult {
    return html`<button
      class="chevron"
      type="button"
      aria-expanded=${this.expanded ? 'true' : 'false'}
      aria-label=${this.message('more')(this.#name())}
      @click=${() => this.toggle()}
    >
      ${icon(chevronRight)}
    </button>`;
  }

  /** The author's own link or button. */
  #own(): HTMLElement | null {
    return this.querySelector<HTMLElement>(':scope > :is(a, button):not([slot])');
  }

  #name(): string {
    return [...this.childNodes]
      .filter((node) => !(node instanceof Element && node.slot !== ''))
      .map((node) => node.textContent ?? '')
      .join('')
      .trim();
  }

  /** Marks the author's link as current, and never touches a mark of the author's. */
  #markOwn(): void {
    const own = this.#own();
    const current = this.current || this.found;
    if (this.#marked && (this.#marked !== own || !current)) {
      this.#marked.removeAttribute('aria-current');
      this.#marked = null;
    }
    if (own && current && !own.hasAttribute('aria-current')) {
      own.setAttribute('aria-current', 'page');
      this.#marked = own;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-sidebar-item': SidebarItem;
  }
}
