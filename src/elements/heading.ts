import { html, type TemplateResult } from 'lit';

/** A real heading of level 1–6; anything else counts as 2. It can be focused by script only. */
export function headingOf(level: number, text: unknown): TemplateResult {
  switch (level) {
    case 1:
      return html`<h1 part="heading" tabindex="-1">${text}</h1>`;
    case 3:
      return html`<h3 part="heading" tabindex="-1">${text}</h3>`;
    case 4:
      return html`<h4 part="heading" tabindex="-1">${text}</h4>`;
    case 5:
      return html`<h5 part="heading" tabindex="-1">${text}</h5>`;
    case 6:
      return html`<h6 part="heading" tabindex="-1">${text}</h6>`;
    default:
      return html`<h2 part="heading" tabindex="-1">${text}</h2>`;
  }
}
