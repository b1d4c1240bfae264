import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { BlElement } from '../base.js';
import { icon } from '../icons/icon.js';
import { beaker, menu, panelLeft, x } from '../icons/shapes.js';
import { sidebarMessages } from '../messages.js';
import { baseStyles } from '../theme/base.styles.js';
import { buttonStyles } from '../theme/controls.styles.js';
import { fit } from './current.js';
import { moveFocus } from './keyboard.js';
import { onLocationChange } from './location-changes.js';
import { recallCollapsed, rememberCollapsed } from './memory.js';
import { isShortcut } from './shortcut.js';
import type { SidebarItem } from './sidebar-item.js';
import { sidebarStyles } from './sidebar.styles.js';

/** The sidebar became a rail or wide again, or its drawer opened or closed. */
export class SidebarToggleEvent extends Event {
  constructor(
    readonly collapsed: boolean,
    readonly open: boolean,
  ) {
    super('bl-toggle');
  }
}

/**
 * The app's navigation: beside the page where there is room, a rail of icons when it is
 * collapsed, and a drawer behind a menu button where it is narrow. It marks the current item by
 * the address.
 *
 * ```html
 * <bl-sidebar app-name="ByteLyst" collapsible storage-key="sidebar">
 *   <bl-sidebar-item href="/" icon="house">Overview</bl-sidebar-item>
 *   <bl-sidebar-group heading="Operations">
 *     <bl-sidebar-item href="/ops/ab-testing" icon="beaker">A/B testing</bl-sidebar-item>
 *   </bl-sidebar-group>
 * </bl-sidebar>
 * ```
 *
 * @slot - `<bl-sidebar-item>` and `<bl-sidebar-group>` elements.
 * @slot brand - Your logo and name, instead of the beaker and `app-name`.
 * @slot footer - What stays at the bottom: sync status, account.
 * @csspart base - The panel with everything in it.
 * @csspart bar - The bar with the menu button, where it is narrow.
 * @csspart brand - Logo and name.
 * @csspart nav - The list of items.
 * @csspart footer - The bottom.
 * @csspart toggle - The button that collapses, opens or closes it.
 * @csspart drawer - The dialog that holds the panel where it is narrow.
 * @cssprop --bl-sidebar-width - Width; default 232px.
 * @cssprop --bl-sidebar-rail-width - Width when collapsed; default 56px.
 * @cssState narrow - The viewport is narrower than `breakpoint`.
 * @fires {SidebarToggleEvent} bl-toggle - It was collapsed, opened or closed; does not bubble.
 */
export class Sidebar extends BlElement<typeof sidebarMessages> {
  static override styles = [baseStyles, buttonStyles, sidebarStyles];

  /** Name of the navigation landmark; default “Main”. */
  @property() label = '';

  /** The app's name, beside the beaker. */
  @property({ attribute: 'app-name' }) appName = '';

  /** It is a rail of icons; the names stay for screen readers. */
  @property({ type: Boolean, reflect: true }) collapsed = false;

  /** Show the button that collapses it. */
  @property({ type: Boolean, reflect: true }) collapsible = false;

  /** The drawer is open, where it is narrow. */
  @property({ type: Boolean, reflect: true }) open = false;

  /** Which edge of the page it is at. */
  @property({ reflect: true }) side: 'start' | 'end' = 'start';

  /** Narrower than so many px, it becomes a drawer. */
  @property({ type: Number }) breakpoint = 768;

  /** Remember in `localStorage` under this key whether it is collapsed. */
  @property({ attribute: 'storage-key' }) storageKey = '';

  /** Keys that toggle it, e.g. `mod+b`; `mod` is Command on a Mac and Control elsewhere. */
  @property() shortcut = '';

  /** What the skip link leads to, as a selector; empty for no such link. */
  @property({ attribute: 'skip-to' }) skipTo = 'main';

  @state() private narrow = false;
  @query('dialog') private dialog!: HTMLDialogElement | null;

  protected readonly defaults = sidebarMessages;
  readonly #internals = this.attachInternals();
  readonly #items = new MutationObserver(() => this.updateCurrent());
  #media: MediaQueryList | undefined;
  #stopLocation: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopLocation = onLocationChange(this.#moved);
    this.#items.observe(this, {
      subtree: true,
      childList: true,
      attributeFilter: ['href', 'match', 'current'],
    });
    document.addEventListener('keydown', this.#onShortcut);
    this.#watchWidth();
    if (this.hasUpdated) this.updateCurrent();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopLocation?.();
    this.#items.disconnect();
    document.removeEventListener('keydown', this.#onShortcut);
    this.#media?.removeEventListener('change', this.#widthChanged);
  }

  /** Collapses or expands it; where it is narrow, opens or closes the drawer. */
  toggle(): void {
    if (this.narrow) this.open = !this.open;
    else {
      this.collapsed = !this.collapsed;
      rememberCollapsed(this.storageKey, this.collapsed);
    }
  }

  /** Finds the current item anew: call it after a navigation that the browser does not tell of. */
  updateCurrent(): void {
    const items = [...this.querySelectorAll<SidebarItem>('bl-sidebar-item')];
    const here = new URL(location.href);
    let best: SidebarItem | undefined;
    let bestFit = 0;
    if (!items.some((item) => item.current)) {
      for (const item of items) {
        const target = item.target;
        const itemFit = target ? fit(target, here, item.match) : 0;
        if (itemFit > bestFit) [best, bestFit] = [item, itemFit];
      }
    }
    for (const item of items) {
      const became = item === best && !item.found;
      item.found = item === best;
      if (became) item.parentElement?.closest<SidebarItem>('bl-sidebar-item')?.toggle(true);
    }
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('breakpoint') && this.isConnected) this.#watchWidth();
    if (changed.has('storageKey')) {
      this.collapsed = recallCollapsed(this.storageKey) ?? this.collapsed;
    }
    if (!this.narrow) this.open = false;
  }

  protected override firstUpdated(): void {
    this.updateCurrent();
  }

  protected override updated(changed: PropertyValues): void {
    if (this.dialog && this.dialog.open !== this.open) {
      if (this.open) this.dialog.showModal();
      else this.dialog.close();
    }
    const toggled = ['collapsed', 'open'].some((name) => changed.get(name) !== undefined);
    if (toggled) this.dispatchEvent(new SidebarToggleEvent(this.collapsed, this.open));
  }

  protected override render(): TemplateResult {
    return html`${
      this.skipTo
        ? html`<a class="skip button" href="#" @click=${this.#skip}>${this.message('skip')}</a>`
        : nothing
    }${this.narrow ? this.#renderNarrow() : this.#renderWide()}`;
  }

  #renderWide(): TemplateResult {
    const action = this.message(this.collapsed ? 'expand' : 'collapse');
    return html`<div part="base" class="panel">
      <div class="head">
        ${this.#renderBrand()}
        ${
          this.collapsible
            ? html`<button
                part="toggle"
                class="toggle button ghost icon-only"
                type="button"
                aria-expanded=${this.collapsed ? 'false' : 'true'}
                aria-label=${action}
                @click=${() => this.toggle()}
              >
                ${icon(panelLeft)}
              </button>`
            : nothing
        }
      </div>
      ${this.#renderContent()}
    </div>`;
  }

  #renderNarrow(): TemplateResult {
    return html`
      <div part="bar" class="bar">
        <button
          part="toggle"
          class="toggle button ghost icon-only"
          type="button"
          aria-haspopup="dialog"
          aria-expanded=${this.open ? 'true' : 'false'}
          aria-label=${this.message('open')}
          @click=${() => this.toggle()}
        >
          ${icon(menu)}
        </button>
        ${this.#renderBrand()}
      </div>
      <dialog
        part="drawer"
        aria-label=${this.label || this.message('label')}
        @close=${() => (this.open = false)}
        @click=${this.#onDrawerClick}
      >
        <div part="base" class="panel">
          <div class="head">
            <span class="brand"><span class="name">${this.appName}</span></span>
            <button
              part="toggle"
              class="toggle button ghost icon-only"
              type="button"
              aria-label=${this.message('close')}
              @click=${() => this.toggle()}
            >
              ${icon(x)}
            </button>
          </div>
          ${this.#renderContent()}
        </div>
      </dialog>
    `;
  }

  #renderBrand(): TemplateResult {
    return html`<div part="brand" class="brand">
      <slot name="brand">
        <span class="mark">${icon(beaker)}</span><span class="name">${this.appName}</span>
      </slot>
    </div>`;
  }

  #renderContent(): TemplateResult {
    return html`
      <nav part="nav" aria-label=${this.label || this.message('label')} @keydown=${this.#onKey}>
        <div class="list" role="list"><slot></slot></div>
      </nav>
      <div part="footer"><slot name="footer"></slot></div>
    `;
  }

  #watchWidth(): void {
    this.#media?.removeEventListener('change', this.#widthChanged);
    this.#media = window.matchMedia(`(max-width: ${this.breakpoint - 0.02}px)`);
    this.#media.addEventListener('change', this.#widthChanged);
    this.#widthChanged();
  }

  #widthChanged = (): void => {
    this.narrow = this.#media?.matches ?? false;
    if (this.narrow) this.#internals.states.add('narrow');
    else this.#internals.states.delete('narrow');
  };

  #moved = (): void => {
    this.open = false;
    this.updateCurrent();
  };

  #onKey(event: KeyboardEvent): void {
    const items = [...this.querySelectorAll<SidebarItem>('bl-sidebar-item')];
    if (moveFocus(event, items)) event.preventDefault();
  }

  #onShortcut = (event: KeyboardEvent): void => {
    if (!isShortcut(event, this.shortcut)) return;
    event.preventDefault();
    this.toggle();
  };

  /** A click beside the panel lands on the dialog itself; a click on a link has done its work. */
  #onDrawerClick(event: Event): void {
    const path = event.composedPath();
    const link = path.some((node) => node instanceof HTMLAnchorElement && node.href !== '');
    if (path[0] === this.dialog || link) this.open = false;
  }

  #skip(event: Event): void {
    event.preventDefault();
    const main = document.querySelector<HTMLElement>(this.skipTo);
    if (!main) return;
    if (!main.hasAttribute('tabindex')) main.tabIndex = -1;
    main.focus();
    main.scrollIntoView({ block: 'start' });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-sidebar': Sidebar;
  }
  interface HTMLElementEventMap {
    'bl-toggle': SidebarToggleEvent;
  }
}
