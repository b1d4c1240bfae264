import { formatOf, type Format } from './format.js';
import type { DashboardMessages } from './messages.js';

/** How the dashboard speaks: its words and its numbers, handed to everything that renders. */
export interface Language {
  text: DashboardMessages;
  format: Format;
}

export function languageOf(text: DashboardMessages, locale: string): Language {
  return { text, format: formatOf(locale) };
}
