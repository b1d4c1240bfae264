import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { Experiment, Metric } from '../../../experiments/model.js';
import type { Collection } from '../../../sync/types.js';
import { announce } from '../../announce.js';
import { DashboardElement } from '../dashboard-element.js';
import * as drafts from './draft.js';
import type { Draft, Field, KeptDraft, Problems } from './draft.js';
import { SavedEvent } from '../events.js';
import { experimentFormStyles } from './experiment-form.styles.js';
import { field, note } from './field.js';
import { metricsField } from './metrics-field.js';
import { formatRoute } from '../route.js';
import { isTemplate, kindOf, templateDraft } from './templates.js';
import { variantsField } from './variants-field.js';

/**
 * Creates an experiment, or edits the one in `.experiment`. It writes to the collection, so it
 * works offline; a change that arrives meanwhile never overwrites what somebody typed.
 *
 * @fires bl-saved - The row is on disk; `key` names it.
 */
export class ExperimentForm extends DashboardElement {
  static override styles = experimentFormStyles;

  /** The row to edit; null to create one. */
  @property({ attribute: false }) experiment: Experiment | null = null;
  @property({ attribute: false }) metrics: readonly Metric[] = [];
  /** Keys in use. */
  @property({ attribute: false }) taken: ReadonlySet<string> = new Set();
  @property({ attribute: false }) collection: Collection<Experiment> | null = null;
  /** What a new one starts from: `conversion`, `revenue`, `aa` or nothing. */
  @property() template: string | null = null;
  /** Holds what is typed until it is saved or cancelled, so that leaving the form loses nothing. */
  @property({ attribute: false }) kept = new Map<string, KeptDraft>();
  /** The form's address, which its draft is kept by. */
  @property() place = '';
  /** The clock, ms since 1970. */
  @property({ attribute: false }) now: () => number = Date.now;

  @state() private draft: Draft | null = null;
  @state() private problems: Problems = {};
  @state() private overlapping: readonly Field[] = [];
  @state() private saving = false;
  @state() private failure = '';
  /** The draft as the stored row would have it: what edits are told from. */
  #begun: Draft | null = null;
  #keyIsSuggested = true;
  #submitted = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.draft === null) this.#comeBack();
    if (changed.has('experiment') && this.experiment) this.#follow(this.experiment);
    if (this.draft === null) this.#begin();
  }

  /** Goes on where the form was left. */
  #comeBack(): void {
    const kept = this.kept.get(this.place);
    if (!kept) return;
    this.draft = kept.draft;
    this.#begun = kept.begun;
    this.#keyIsSuggested = kept.keyIsSuggested;
  }

  #begin(): void {
    const template = isTemplate(this.template) ? this.template : null;
    this.#begun = templateDraft(template, this.metrics, this.language.text);
    this.draft = this.#begun;
  }

  /** Takes over what changed in the row and was not edited here. */
  #follow(experiment: Experiment): void {
    const next = drafts.draftOf(experiment);
    if (this.draft && this.#begun) {
      const merged = drafts.mergeDraft(this.#begun, this.draft, next);
      this.draft = merged.draft;
      if (merged.overlapping.length > 0) this.overlapping = merged.overlapping;
    } else {
      this.draft = next;
      this.#keyIsSuggested = false;
    }
    this.#begun = next;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { draft, experiment, language } = this;
    if (!draft) return nothing;
    const { form } = language.text;
    const frozen = experiment !== null && experiment.status !== 'draft';
    const cancel = experiment
      ? formatRoute({ view: 'detail', key: experiment.key })
      : formatRoute({ view: 'list' });
    return html`<form novalidate @submit=${this.#onSubmit}>
      ${this.#notice()}
      <section class="card">
        <h3>${form.basics}</h3>
        ${this.#text('name', form.name, { maxlength: 120 })}
        ${this.#text('key', form.key, {
          hint: form.keyHint,
          maxlength: 64,
          code: true,
          disabled: experiment !== null,
        })}
        ${field({
          id: 'hypothesis',
          label: form.hypothesis,
          hint: form.hypothesisHint,
          control: html`<textarea
            class="textarea"
            id="hypothesis"
            rows="3"
            maxlength="2000"
            aria-describedby="hypothesis-note"
            .value=${live(draft.hypothesis)}
            @input=${this.#onInput}
          ></textarea>`,
        })}
        ${this.#text('owner', form.owner, { maxlength: 120 })}
      </section>
      <section class="card">
        ${variantsField(
          {
            variants: draft.variants,
            problem: this.problems.variants,
            frozen,
            change: (variants) => this.#change({ variants }),
          },
          language,
        )}
      </section>
      <section class="card">
        <h3>${form.measures}</h3>
        ${metricsField(
          {
            chosen: draft,
            metrics: this.metrics,
            problem: this.problems.primary,
            frozen,
            change: (patch) => this.#change(patch),
          },
          language,
        )}
      </section>
      <section class="card">
        <h3>${form.plan}</h3>
        ${this.#methods(draft.method, frozen)}
        <div class="row">
          ${this.#text('mde', form.mde, { hint: form.mdeHint, decimal: true })}
          ${this.#text('days', form.days, { decimal: true })}
          ${this.#text('coverage', form.coverage, { hint: form.coverageHint, decimal: true })}
        </div>
      </section>
      ${this.failure ? html`<p class="failure" role="alert"><bdi>${this.failure}</bdi></p>` : nothing}
      <div class="submit">
        <button class="button primary" type="submit" aria-disabled=${String(this.saving)}>
          ${this.saving ? form.saving : experiment ? form.save : form.createNow}
        </button>
        <a class="button ghost" href=${cancel} @click=${this.#onCancel}>${form.cancel}</a>
      </div>
    </form>`;
  }

  #notice(): TemplateResult | typeof nothing {
    if (this.overlapping.length === 0) return nothing;
    const { form } = this.language.text;
    const names = new Intl.ListFormat(this.locale).format(
      this.overlapping.map((name) => form.fields[name]),
    );
    return html`<div class="notice" role="status">
      <p><bdi>${form.overlapping(names)}</bdi></p>
      <button type="button" class="button" @click=${this.#useTheirs}>${form.useTheirs}</button>
    </div>`;
  }

  #text(
    name: 'name' | 'key' | 'owner' | 'mde' | 'days' | 'coverage',
    label: string,
    options: {
      hint?: string;
      maxlength?: number;
      code?: boolean;
      decimal?: boolean;
      disabled?: boolean;
    },
  ): TemplateResult {
    const problem = this.problems[name];
    const { hint = '', maxlength = 16, code, decimal, disabled } = options;
    return field({
      id: name,
      label,
      hint,
      problem,
      control: html`<input
        class="input ${code ? 'code' : ''}"
        id=${name}
        maxlength=${maxlength}
        inputmode=${decimal ? 'decimal' : 'text'}
        autocomplete="off"
        spellcheck=${code ? 'false' : 'true'}
        ?disabled=${disabled ?? false}
        aria-describedby=${`${name}-note`}
        aria-invalid=${problem ? 'true' : 'false'}
        .value=${live(this.draft?.[name] ?? '')}
        @input=${this.#onInput}
      />`,
    });
  }

  #methods(method: Draft['method'], frozen: boolean): TemplateResult {
    const { text } = this.language;
    return html`<fieldset class="choices" ?disabled=${frozen} aria-describedby="method-note">
      <legend>${text.form.method}</legend>
      ${(['sequential', 'group-sequential', 'fixed'] as const).map(
        (value) =>
          html`<label class="choice"
            ><input
              type="radio"
              name="method"
              .checked=${live(method === value)}
              @change=${() => this.#change({ method: value })}
            />${text.setup.planOf[value]}</label
          >`,
      )}
      ${note('method', text.form.methodHint[method])}
    </fieldset>`;
  }

  #onInput(event: InputEvent): void {
    const { id, value } = event.currentTarget as HTMLInputElement;
    const patch: Partial<Draft> = { [id]: value };
    if (id === 'key') this.#keyIsSuggested = false;
    if (id === 'name' && this.#keyIsSuggested) patch.key = drafts.freeKey(value, this.taken);
    this.#change(patch);
  }

  #change(patch: Partial<Draft>): void {
    if (!this.draft) return;
    this.draft = { ...this.draft, ...patch };
    this.#keep();
    // Nobody is told off while typing; once told, they see at once when it is right.
    if (this.#submitted) this.problems = this.#check(this.draft);
  }

  #keep(): void {
    const { draft, kept, place } = this;
    const begun = this.#begun;
    if (!draft || !begun) return;
    const keyIsSuggested = this.#keyIsSuggested;
    if (drafts.isEdited(begun, draft)) kept.set(place, { draft, begun, keyIsSuggested });
    else kept.delete(place);
  }

  #onCancel(event: MouseEvent): void {
    // In a new tab the link cancels nothing here.
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) this.kept.delete(this.place);
  }

  #check(draft: Draft): Problems {
    const taken = this.experiment ? new Set<string>() : this.taken;
    return drafts.problemsOf(draft, taken, this.language.text.invalid);
  }

  #useTheirs(): void {
    const { draft } = this;
    const begun = this.#begun;
    if (!draft || !begun) return;
    this.draft = {
      ...draft,
      ...Object.fromEntries(this.overlapping.map((name) => [name, begun[name]])),
    };
    this.overlapping = [];
    this.#keep();
  }

  async #onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { draft, collection } = this;
    if (!draft || !collection || this.saving) return;
    this.#submitted = true;
    this.problems = this.#check(draft);
    const wrong = Object.keys(this.problems).length;
    if (wrong > 0) {
      announce(this.language.text.form.problems(wrong), { assertive: true });
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>('[aria-invalid=true], .problem')?.focus();
      return;
    }
    this.saving = true;
    this.failure = '';
    try {
      await this.#write(collection, draft);
      // Who came back meanwhile and typed on has another draft, which stays.
      if (this.kept.get(this.place)?.draft === draft) this.kept.delete(this.place);
      this.dispatchEvent(new SavedEvent(draft.key));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.failure = this.language.text.writeFailed(reason);
    } finally {
      this.saving = false;
    }
  }

  /** Resolves once it is on disk. */
  async #write(collection: Collection<Experiment>, draft: Draft): Promise<void> {
    if (!this.experiment) {
      const kind = kindOf(isTemplate(this.template) ? this.template : null);
      await collection.create(drafts.experimentOf(draft, this.now(), kind));
      return;
    }
    const patch = drafts.patchOf(this.experiment, this.#begun ?? draft, draft);
    if (Object.keys(patch).length > 0) await collection.update(this.experiment.id, patch);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'bl-experiment-form': ExperimentForm;
  }
}
