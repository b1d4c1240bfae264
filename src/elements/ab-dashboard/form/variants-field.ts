/** The form's variants: names, keys and shares, to be added, removed and made equal. */
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { icon } from '../../icons/icon.js';
import { plus, x } from '../../icons/shapes.js';
import { seriesClass } from '../../charts/split-bar.js';
import { equalise, suggestKey, weightSum, type DraftVariant } from './draft.js';
import { note } from './field.js';
import type { Language } from '../language.js';

/** More arms than this split any traffic too thin to learn from. */
const MOST = 10;

export interface VariantsField {
  variants: readonly DraftVariant[];
  problem: string | undefined;
  /** Units are assigned: nothing may change. */
  frozen: boolean;
  change: (variants: DraftVariant[]) => void;
}

export function variantsField(field: VariantsField, { text, format }: Language): TemplateResult {
  const { variants, problem, frozen, change } = field;
  const { form } = text;
  const sum = weightSum(variants);
  const edit = (index: number, patch: Partial<DraftVariant>) =>
    change(variants.map((variant, i) => (i === index ? { ...variant, ...patch } : variant)));
  const rename = (index: number, name: string) => {
    const { key, name: before } = variants[index] ?? { key: '', name: '' };
    const follows = key === '' || key === suggestKey(before);
    edit(index, follows ? { name, key: suggestKey(name) } : { name });
  };

  return html`<fieldset ?disabled=${frozen} aria-describedby="variants-note">
    <legend>${form.variants}</legend>
    <div class="variants">
      <div class="variant labels" aria-hidden="true">
        <span></span><span>${form.nameColumn}</span><span>${form.keyColumn}</span
        ><span><bdi>${form.shareColumn}</bdi></span>
      </div>
      ${variants.map((variant, i) => {
        const n = format.count(i + 1);
        return html`<div class="variant">
          <span class="swatch ${seriesClass(i)}"></span>
          <input
            class="input"
            aria-label=${form.variantName(n)}
            maxlength="120"
            .value=${live(variant.name)}
            @input=${(event: Event) => rename(i, valueOf(event))}
          />
          <input
            class="input code"
            aria-label=${form.variantKey(n)}
            maxlength="64"
            autocapitalize="off"
            spellcheck="false"
            .value=${live(variant.key)}
            @input=${(event: Event) => edit(i, { key: valueOf(event) })}
          />
          <input
            class="input share"
            aria-label=${form.variantWeight(n)}
            inputmode="decimal"
            .value=${live(variant.weight)}
            @input=${(event: Event) => edit(i, { weight: valueOf(event) })}
          />
          ${
            variants.length > 2 && i > 0
              ? html`<button
                  type="button"
                  class="button ghost icon-only"
                  aria-label=${form.removeVariant(variant.name || variant.key || n)}
                  @click=${() => change(variants.filter((_, other) => other !== i))}
                >
                  ${icon(x)}
                </button>`
              : nothing
          }
        </div>`;
      })}
    </div>
    <div class="under">
      <button
        type="button"
        class="button"
        ?disabled=${variants.length >= MOST}
        @click=${() => change([...variants, nextVariant(variants, form.untitledVariant)])}
      >
        ${icon(plus)}${form.addVariant}
      </button>
      <button type="button" class="button ghost" @click=${() => change(equalise(variants))}>
        ${form.equalise}
      </button>
      <output class="number muted"
        ><bdi>${sum === null ? '' : form.weightSum(format.plain(sum))}</bdi></output
      >
    </div>
    ${note('variants', frozen ? form.frozen : form.variantsHint, problem)}
  </fieldset>`;
}

/** “Variant C”, with no share until somebody gives it one. */
function nextVariant(
  variants: readonly DraftVariant[],
  named: (letter: string) => string,
): DraftVariant {
  const keys = new Set(variants.map(({ key }) => key));
  for (let i = variants.length; ; i++) {
    const letter = i < 26 ? String.fromCharCode(65 + i) : String(i + 1);
    const key = `variant-${letter.toLowerCase()}`;
    if (!keys.has(key)) return { key, name: named(letter), weight: '0' };
  }
}

const valueOf = (event: Event): string => (event.currentTarget as HTMLInputElement).value;
