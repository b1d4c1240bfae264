/** A field of a form with its label and, below it, its hint or what is wrong with it. */
import { html, type TemplateResult } from 'lit';

export interface FieldParts {
  id: string;
  label: string;
  hint?: string;
  problem?: string | undefined;
  /** The control; its id is `id`, and `aria-describedby` names `<id>-note`. */
  control: TemplateResult;
}

export function field({ id, label, hint, problem, control }: FieldParts): TemplateResult {
  return html`<div class="field">
    <label for=${id}><bdi>${label}</bdi></label>
    ${control}${note(id, hint, problem)}
  </div>`;
}

/** The line below a control: the problem where there is one, else the hint. */
export function note(id: string, hint = '', problem?: string): TemplateResult {
  return html`<p
    id=${`${id}-note`}
    class="note ${problem ? 'problem' : ''}"
    ?hidden=${!problem && !hint}
  >
    <bdi>${problem ?? hint}</bdi>
  </p>`;
}
