import { html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import { ErrorPage } from '../error-page/error-page.js';
import { nearest } from './nearest.js';
import { notFoundPageStyles } from './not-found-page.styles.js';

/**
 * The page for an address that leads nowhere: says which, and offers the routes it probably
 * meant. Everything of `<bl-error-page>` works here too.
 *
 * ```html
 * <bl-not-found-page routes='["/orders", "/customers"]' home-href="/"></bl-not-found-page>
 * ```
 *
 * @slot search - A search form.
 * @slot links - Other places to go.
 * @csspart path - The address that was not found.
 * @csspart suggestions - The routes it may have meant.
 */
export class NotFoundPage extends ErrorPage {
  static override styles = [...ErrorPage.styles, notFoundPageStyles];

  override status = '404';

  /** The address that was not found; default the current one. */
  @property() path = '';

  /** The app's routes as paths, to suggest from. */
  @property({ type: Array }) routes: readonly string[] = [];

  /** Ask search engines not to index this page, for servers that cannot answer 404. */
  @property({ type: Boolean }) noindex = false;

  #robots: HTMLMetaElement | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate('noindex');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#robots?.remove();
    this.#robots = undefined;
  }

  protected override updated(): void {
    if (this.noindex === (this.#robots !== undefined) || !this.isConnected) return;
    this.#robots?.remove();
    this.#robots = undefined;
    if (!this.noindex) return;
    this.#robots = document.createElement('meta');
    this.#robots.name = 'robots';
    this.#robots.content = 'noindex';
    document.head.append(this.#robots);
  }

  protected override renderMore(): unknown {
    const path = this.path || location.pathname;
    const near = nearest(path, this.routes);
    return html`
      <code part="path" class="path">${path}</code>
      <slot name="search"></slot>
      ${
        near.length > 0
          ? html`<nav part="suggestions" aria-label=${this.message('nearest')}>
              <p>${this.message('nearest')}</p>
              <ul role="list">
                ${near.map(
                  (route) =>
                    html`<li>
                      <a class="link" href=${route} @click=${this.navigate}>${route}</a>
                    </li>`,
                )}
              </ul>
            </nav>`
          : nothing
      }
      <slot name="links"></slot>
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-not-found-page': NotFoundPage;
  }
}
