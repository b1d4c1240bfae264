import { BlElement } from '../base.js';
import { languageOf, type Language } from './language.js';
import { dashboardMessages, type DashboardMessages } from './messages.js';

/** What the dashboard and its inner elements share: its words, in the language around it. */
export abstract class DashboardElement extends BlElement<DashboardMessages> {
  protected readonly defaults = dashboardMessages;

  protected get language(): Language {
    return languageOf({ ...this.defaults, ...this.messages }, this.locale);
  }
}
