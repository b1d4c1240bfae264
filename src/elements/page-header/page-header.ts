import { html, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { BlElement } from '../base.js';
import { IntentEvent } from '../events.js';
import { headingOf } from '../heading.js';
import { icon } from '../icons/icon.js';
import { arrowLeft } from '../icons/shapes.js';
import { pageHeaderMessages } from '../messages.js';
import { actionsStyles } from '../theme/actions.styles.js';
import { baseStyles } from '../theme/base.styles.js';
import { pageHeaderStyles } from './page-header.styles.js';

/** The user goes back by the header's link. Cancel it to navigate with the app's own router. */
export class BackEvent extends IntentEvent {
  constructor(readonly href: string) {
    super('bl-back');
  }
}

/**
 * The top of a page: where it is, what it is called, and what can be done with it.
 *
 * ```html
 * <bl-page-header heading="A/B testing" description="Six experiments, three running.">
 *   <a slot="breadcrumbs" href="/">Home</a>
 *   <a slot="breadcrumbs" href="/ops">Operations</a>
 *   <button slot="actions" data-bl-tone="accent">New experiment</button>
 * </bl-page-header>
 * ```
 *
 * @slot breadcrumbs - Links from the top down, or your own `<nav>`. The last one is this page;
 *   where it is narrow only its parent stays.
 * @slot leading - A picture or icon before the heading.
 * @slot heading - Your own heading element, instead of `heading`.
 * @slot status - A badge beside the heading.
 * @slot description - Your own paragraph, instead of `description`.
 * @slot meta - Small facts below: owner, dates.
 * @slot actions - Buttons and links; `data-bl-tone="accent"` marks the main one.
 * @slot tabs - Navigation within the page.
 * @csspart base - Everything.
 * @csspart breadcrumbs - The row of breadcrumbs.
 * @csspart back - The link back.
 * @csspart heading - The heading.
 * @csspart description - The paragraph.
 * @csspart actions - The row of actions.
 * @cssprop --bl-page-header-background - What covers the content below a sticky header.
 * @fires {BackEvent} bl-back - The link back was used; cancelable.
 */
export class PageHeader extends BlElement<typeof pageHeaderMessages> {
  static override styles = [baseStyles, actionsStyles, pageHeaderStyles];

  /** The page's name. */
  @property() heading = '';

  /** Level of the heading, 1–6. */
  @property({ type: Number, attribute: 'heading-level' }) headingLevel = 1;

  /** What the page is about, in a sentence. */
  @property() description = '';

  /** Where the link back leads; without it there is none. */
  @property({ attribute: 'back-href' }) backHref = '';

  /** Name of the link back; default “Back”. */
  @property({ attribute: 'back-label' }) backLabel = '';

  /** Stay at the top while the page scrolls. */
  @property({ type: Boolean, reflect: true }) sticky = false;

  /** Draw a line below. */
  @property({ type: Boolean, reflect: true }) divider = false;

  protected readonly defaults = pageHeaderMessages;

  protected override render(): TemplateResult {
    return html`
      <header part="base">
        ${this.#renderBreadcrumbs()}
        <div class="row">
          <div class="words">
            ${this.backHref ? this.#renderBack() : nothing}
            <slot name="leading"></slot>
            <div class="titles">
              <div class="title">
                <slot name="heading">
                  ${this.heading ? headingOf(this.headingLevel, this.heading) : nothing}
                </slot>
                <slot name="status"></slot>
              </div>
              <slot name="description">
                ${this.description ? html`<p part="description">${this.description}</p>` : nothing}
              </slot>
              <slot name="meta"></slot>
            </div>
          </div>
          <div part="actions" class="actions"><slot name="actions"></slot></div>
        </div>
        <slot name="tabs"></slot>
      </header>
    `;
  }

  /** An author's own `<nav>` is a landmark already; bare links get one. */
  #renderBreadcrumbs(): TemplateResult {
    const slot = html`<slot name="breadcrumbs" @slotchange=${this.#markCurrent}></slot>`;
    const crumbs = [...this.children].filter((child) => child.slot === 'breadcrumbs');
    return crumbs.some((crumb) => crumb.matches('a'))
      ? html`<nav part="breadcrumbs" class="crumbs" aria-label=${this.message('breadcrumbs')}>
          ${slot}
        </nav>`
      : html`<div part="breadcrumbs" class="crumbs">${slot}</div>`;
  }

  #renderBack(): TemplateResult {
    const label = this.backLabel || this.message('back');
    return html`<a
      part="back"
      class="back"
      href=${this.backHref}
      aria-label=${label}
      @click=${(event: MouseEvent) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
        if (!this.dispatchEvent(new BackEvent(this.backHref))) event.preventDefault();
      }}
    >
      ${icon(arrowLeft)}
    </a>`;
  }

  /** The last breadcrumb is this page, unless the author marked one. */
  #markCurrent(event: Event): void {
    const crumbs = (event.target as HTMLSlotElement).assignedElements();
    for (const crumb of crumbs) {
      if (crumb === this.#marked) crumb.removeAttribute('aria-current');
    }
    this.#marked = undefined;
    const last = crumbs.at(-1);
    if (last?.matches('a, span') && !crumbs.some((crumb) => crumb.hasAttribute('aria-current'))) {
      last.setAttribute('aria-current', 'page');
      this.#marked = last;
    }
    this.requestUpdate();
  }
  #marked: Element | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-page-header': PageHeader;
  }
  interface HTMLElementEventMap {
    'bl-back': BackEvent;
  }
}
