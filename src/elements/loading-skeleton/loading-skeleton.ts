import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { announce } from '../announce.js';
import { BlElement } from '../base.js';
import { loadingSkeletonMessages } from '../messages.js';
import { hasDefaultContent } from '../slotted.js';
import { baseStyles } from '../theme/base.styles.js';
import { loadingSkeletonStyles } from './loading-skeleton.styles.js';

export type SkeletonShape = 'text' | 'circle' | 'rect' | 'card' | 'table' | 'list' | 'chart';

/** The real content took the place of the bones. */
export class LoadedEvent extends Event {
  constructor() {
    super('bl-loaded');
  }
}

/**
 * Holds the place of content that is on its way, in its shape. Put the real content inside when
 * it is there and the bones go; or keep it inside and set `loading`, and the bones take exactly
 * its size.
 *
 * ```html
 * <bl-loading-skeleton shape="table" lines="5"></bl-loading-skeleton>
 * ```
 *
 * @slot - The real content.
 * @csspart base - All bones together.
 * @csspart bone - One bone.
 * @fires {LoadedEvent} bl-loaded - The content took the place of the bones; does not bubble.
 */
export class LoadingSkeleton extends BlElement<typeof loadingSkeletonMessages> {
  static override styles = [baseStyles, loadingSkeletonStyles];

  /** What the content will look like. */
  @property({ reflect: true }) shape: SkeletonShape = 'text';

  /** Lines of text, rows of a table or list, bars of a chart. */
  @property({ type: Number }) lines = 3;

  /** How it moves; nothing moves for those who asked for less motion. */
  @property({ reflect: true }) effect: 'shimmer' | 'pulse' | 'none' = 'shimmer';

  /** The content inside is out of date and loading; without content it always is. */
  @property({ type: Boolean, reflect: true }) loading = false;

  /** Keep the place, but draw the bones only after so many ms. */
  @property({ type: Number }) delay = 200;

  /** What is loading, said once to screen readers; default “Loading”. */
  @property() label = '';

  /** CSS width of the bones, e.g. `12rem`. */
  @property() width = '';

  /** CSS height of the bones. */
  @property() height = '';

  /** CSS aspect ratio of the bones, e.g. `16 / 9`. */
  @property() ratio = '';

  @state() private drawn = false;
  @query('.bones') private bones!: HTMLElement | null;

  protected readonly defaults = loadingSkeletonMessages;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#busy = false;
    this.drawn = false;
    clearTimeout(this.#timer);
  }

  protected override willUpdate(): void {
    const busy = this.isConnected && (this.loading || !hasDefaultContent(this));
    if (busy === this.#busy) return;
    this.#busy = busy;
    clearTimeout(this.#timer);
    if (busy) {
      this.setAttribute('aria-busy', 'true');
      this.#timer = setTimeout(() => this.#draw(), this.delay);
    } else {
      this.removeAttribute('aria-busy');
      this.drawn = false;
      void this.updateComplete.then(() => this.dispatchEvent(new LoadedEvent()));
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (!this.bones || !['width', 'height', 'ratio'].some((name) => changed.has(name))) return;
    this.bones.style.width = this.width;
    this.bones.style.height = this.height;
    this.bones.style.aspectRatio = this.ratio;
  }

  protected override render(): TemplateResult {
    const covers = this.#busy && hasDefaultContent(this);
    return html`
      <div class="content ${this.#busy ? 'loading' : ''}" ?inert=${this.#busy}>
        <slot @slotchange=${() => this.requestUpdate()}></slot>
      </div>
      <div
        part="base"
        class="bones ${this.drawn ? 'drawn' : ''} ${covers ? 'covers' : ''}"
        aria-hidden="true"
        ?hidden=${!this.#busy}
      >
        ${this.#busy ? this.#shape() : nothing}
      </div>
    `;
  }

  #draw(): void {
    this.drawn = true;
    announce(this.label || this.message('label'));
  }

  #shape(): TemplateResult | TemplateResult[] {
    const bone = html`<span part="bone" class="bone"></span>`;
    const times = (count: number, part: TemplateResult) =>
      Array.from({ length: Math.max(1, Math.min(100, Math.floor(count) || 1)) }, () => part);
    switch (this.shape) {
      case 'circle':
      case 'rect':
        return bone;
      case 'card':
        return html`<div class="picture">${bone}</div>
          <div class="text">${times(this.lines, bone)}</div>`;
      case 'table':
        return times(this.lines + 1, html`<div class="row">${times(4, bone)}</div>`);
      case 'list':
        return times(
          this.lines,
          html`<div class="entry">
            ${bone}
            <div class="text">${times(2, bone)}</div>
          </div>`,
        );
      default:
        return times(this.lines, bone);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-loading-skeleton': LoadingSkeleton;
  }
  interface HTMLElementEventMap {
    'bl-loaded': LoadedEvent;
  }
}
