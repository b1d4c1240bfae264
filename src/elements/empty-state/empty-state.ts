import { html, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { announce } from '../announce.js';
import { BlElement } from '../base.js';
import { headingOf } from '../heading.js';
import { icon, registeredIcon, type Shape } from '../icons/icon.js';
import { circleCheck, cloudOff, filterX, inbox, lock, searchX } from '../icons/shapes.js';
import { emptyStateMessages } from '../messages.js';
import { actionsStyles } from '../theme/actions.styles.js';
import { baseStyles } from '../theme/base.styles.js';
import { stateStyles } from '../theme/state.styles.js';
import type { Tone } from '../theme/tone.js';
import { warnOnce } from '../warn.js';
import { emptyStateStyles } from './empty-state.styles.js';

export type EmptyStateKind =
  'no-data' | 'no-results' | 'filtered' | 'done' | 'offline' | 'forbidden';

const kinds: Record<EmptyStateKind, [shape: Shape, tone: Tone]> = {
  'no-data': [inbox, 'neutral'],
  'no-results': [searchX, 'neutral'],
  filtered: [filterX, 'neutral'],
  done: [circleCheck, 'success'],
  offline: [cloudOff, 'warning'],
  forbidden: [lock, 'neutral'],
};

/**
 * Says why there is nothing to see, and what to do about it. `kind` brings icon and words; give
 * your own for anything that can be said more precisely.
 *
 * ```html
 * <bl-empty-state heading="No experiments yet" description="Start with a question.">
 *   <button slot="actions" data-bl-tone="accent">New experiment</button>
 * </bl-empty-state>
 * ```
 *
 * @slot - More below the description: a hint, a form, a picture.
 * @slot icon - Your own symbol.
 * @slot heading - Your own heading element, instead of `heading`.
 * @slot description - Your own paragraph, instead of `description`.
 * @slot actions - Buttons and links; `data-bl-tone="accent"` marks the main one.
 * @slot footer - Small print at the end.
 * @csspart base - Everything.
 * @csspart icon - The symbol's tile.
 * @csspart heading - The heading.
 * @csspart description - The paragraph.
 * @csspart actions - The row of actions.
 */
export class EmptyState extends BlElement<typeof emptyStateMessages> {
  static override styles = [baseStyles, stateStyles, actionsStyles, emptyStateStyles];

  /** Why it is empty: brings icon, tone and words. */
  @property({ reflect: true }) kind: EmptyStateKind = 'no-data';

  /** What is so, in a few words; default by `kind`. */
  @property() heading = '';

  /** What to do about it, in a sentence; default by `kind` where `heading` is not given either. */
  @property() description = '';

  /** Level of the heading, 1–6. */
  @property({ type: Number, attribute: 'heading-level' }) headingLevel = 2;

  /** How much room it takes: inside a card, a section or a page. */
  @property({ reflect: true }) size: 's' | 'm' | 'l' = 'm';

  /** Colour of the symbol; default by `kind`. */
  @property() tone: Tone | '' = '';

  /** Name of a registered icon; default by `kind`. */
  @property() icon = '';

  /** Say heading and description to screen readers when it appears, for results that vanish. */
  @property({ type: Boolean }) announce = false;

  protected readonly defaults = emptyStateMessages;

  protected override firstUpdated(): void {
    if (!this.announce) return;
    const [heading, description] = this.#words();
    announce(`${heading}. ${description}`);
  }

  protected override render(): TemplateResult {
    const [shape, tone] = this.#preset();
    const [heading, description] = this.#words();
    return html`
      <div part="base" class="base">
        <div part="icon" class="symbol ${this.tone || tone}">
          <slot name="icon">${icon((this.icon && registeredIcon(this.icon)) || shape)}</slot>
        </div>
        <slot name="heading">${headingOf(this.headingLevel, heading)}</slot>
        <slot name="description"><p part="description">${description}</p></slot>
        <div class="body"><slot></slot></div>
        <div part="actions" class="actions"><slot name="actions"></slot></div>
        <slot name="footer"></slot>
      </div>
    `;
  }

  #preset(): [Shape, Tone] {
    const preset = kinds[this.kind];
    if (!preset) warnOnce(`<bl-empty-state> has no kind “${this.kind}”.`);
    return preset ?? kinds['no-data'];
  }

  #words(): [heading: string, description: string] {
    const [heading, description] = this.message('kinds')[this.kind] ?? ['', ''];
    if (this.heading) return [this.heading, this.description];
    return [heading, this.description || description];
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-empty-state': EmptyState;
  }
}
