/** One choice of a few, as radio buttons that look like a switch: arrow keys come with them. */
import { html, type TemplateResult } from 'lit';

export interface Segments<T extends string> {
  /** Unique in its shadow root. */
  name: string;
  legend: string;
  options: readonly { value: T; label: string }[];
  value: T;
  change: (value: T) => void;
}

export function segments<T extends string>(choice: Segments<T>): TemplateResult {
  const { name, legend, options, value, change } = choice;
  return html`<fieldset class="segments">
    <legend class="visually-hidden">${legend}</legend>
    ${options.map(
      (option) =>
        html`<label
          ><input
            type="radio"
            name=${name}
            .checked=${option.value === value}
            @change=${() => change(option.value)}
          /><span>${option.label}</span></label
        >`,
    )}
  </fieldset>`;
}
