import { BlElement } from '../base.js';
import { onMessagesChange } from '../messages.js';
import { languageOf, type Language } from './language.js';
import { dashboardMessages, type DashboardMessages } from './messages.js';

/** What the dashboard and its inner elements share: its words, in the language around it. */
export abstract class DashboardElement extends BlElement<DashboardMessages> {
  protected readonly defaults = dashboardMessages;
  /** Kept, so that what depends on the words can tell whether they changed. */
  #words: { messages: object; text: DashboardMessages } | undefined;
  #stopWords: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#words = undefined;
    this.#stopWords = onMessagesChange(() => (this.#words = undefined));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopWords?.();
  }

  protected get language(): Language {
    const { messages } = this;
    if (this.#words?.messages !== messages) {
      this.#words = { messages, text: { ...this.defaults, ...messages } };
    }
    return languageOf(this.#words.text, this.locale);
  }
}
