import { LitElement, type CSSResultGroup } from 'lit';
import { property } from 'lit/decorators.js';
import { onMessagesChange } from './messages.js';
import { localeOf } from './locale.js';
import { baseStyles } from './theme/base.styles.js';

/**
 * What every element shares: the base sheet, its strings and its language. `Messages` is the
 * element's object in `messages.ts`.
 */
export abstract class BlElement<Messages extends object = object> extends LitElement {
  static override styles: CSSResultGroup = baseStyles;

  /** Strings of this one element that differ from the global ones. */
  @property({ attribute: false }) messages: Partial<Messages> = {};

  /** The element's strings in `messages.ts`. */
  protected abstract readonly defaults: Messages;
  #stopMessages: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopMessages = onMessagesChange(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopMessages?.();
  }

  protected message<Key extends keyof Messages>(key: Key): Messages[Key] {
    return this.messages[key] ?? this.defaults[key];
  }

  /** BCP 47, from the nearest `lang`. */
  protected get locale(): string {
    return localeOf(this);
  }
}
