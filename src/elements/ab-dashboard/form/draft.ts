/**
 * An experiment while somebody writes it: the fields of the form as text, what is wrong with
 * them, and the row or the patch they make. Pure.
 */
import { isId } from '../../../protocol/index.js';
import type { Experiment, Plan } from '../../../experiments/model.js';
import type { DashboardMessages } from '../messages.js';

export interface DraftVariant {
  key: string;
  name: string;
  /** Percent, as typed. */
  weight: string;
}

/** Numbers are text as typed, so that nothing a person wrote is lost before it is right. */
export interface Draft {
  name: string;
  key: string;
  hypothesis: string;
  owner: string;
  variants: DraftVariant[];
  primary: string;
  secondary: string[];
  guardrails: string[];
  coverage: string;
  method: Plan['method'];
  mde: string;
  days: string;
}

/** What somebody typed and has neither saved nor cancelled. */
export interface KeptDraft {
  draft: Draft;
  /** What it was begun from. */
  begun: Draft;
  /** Whether the key still follows the name. */
  keyIsSuggested: boolean;
}

export type Field = keyof Draft;
export type Problems = Partial<Record<Field, string>>;

/** What a new experiment begins with; a template fills in more. */
export function emptyDraft(variantNames: readonly [string, string]): Draft {
  const keys = ['control', 'treatment'] as const;
  return {
    name: '',
    key: '',
    hypothesis: '',
    owner: '',
    variants: keys.map((key, i) => ({ key, name: variantNames[i] ?? key, weight: '50' })),
    primary: '',
    secondary: [],
    guardrails: [],
    coverage: '100',
    method: 'sequential',
    mde: '5',
    days: '28',
  };
}

export function draftOf(experiment: Experiment): Draft {
  const { name, key, hypothesis, owner, variants, metrics, coverage, plan } = experiment;
  return {
    name,
    key,
    hypothesis,
    owner,
    variants: variants.map(({ key, name, weight }) => ({ key, name, weight: typed(weight) })),
    primary: metrics.primary,
    secondary: [...metrics.secondary],
    guardrails: [...metrics.guardrails],
    coverage: typed(coverage),
    method: plan.method,
    mde: typed(plan.mde),
    days: plan.plannedDays === undefined ? '' : String(plan.plannedDays),
  };
}

/** “Checkout: one page” → `checkout-one-page`. Letters of other scripts are left out. */
export function suggestKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/ß/g, 'ss')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48)
    .replace(/-+$/, '');
}

/** The suggestion with a number where the plain key is taken. */
export function freeKey(name: string, taken: ReadonlySet<string>): string {
  const key = suggestKey(name);
  if (key === '' || !taken.has(key)) return key;
  let n = 2;
  while (taken.has(`${key}-${n}`)) n++;
  return `${key}-${n}`;
}

/**
 * The row changed while it was being edited: what the user did not touch follows the row, what
 * they did stays. `overlapping` are the fields that both changed, to different values.
 */
export function mergeDraft(
  begun: Draft,
  draft: Draft,
  next: Draft,
): { draft: Draft; overlapping: Field[] } {
  const overlapping: Field[] = [];
  const merged = Object.fromEntries(
    (Object.keys(next) as Field[]).map((field) => {
      if (same(begun[field], draft[field])) return [field, next[field]];
      if (!same(begun[field], next[field]) && !same(draft[field], next[field])) {
        overlapping.push(field);
      }
      return [field, draft[field]];
    }),
  );
  return { draft: { ...draft, ...merged }, overlapping };
}

/** Whether anything was typed since it was begun. */
export function isEdited(begun: Draft, draft: Draft): boolean {
  return !same(begun, draft);
}

/** Shares as equal as two decimals allow; the control takes what is left over. */
export function equalise(variants: readonly DraftVariant[]): DraftVariant[] {
  const each = Math.floor(10_000 / variants.length) / 100;
  const rest = 100 - each * (variants.length - 1);
  return variants.map((variant, i) => ({ ...variant, weight: number(i === 0 ? rest : each) }));
}

/** The shares' sum in percent, or null while one is no number. */
export function weightSum(variants: readonly DraftVariant[]): number | null {
  const weights = variants.map(({ weight }) => read(weight));
  return weights.some(Number.isNaN)
    ? null
    : round(
        weights.reduce((a, b) => a + b, 0),
        2,
      );
}

/** What is wrong, by field; nothing when it may be stored. `taken` are the keys in use. */
export function problemsOf(
  draft: Draft,
  taken: ReadonlySet<string>,
  text: DashboardMessages['invalid'],
): Problems {
  const problems: Problems = {};
  const check = (field: Field, message: string | null) => {
    if (message !== null) problems[field] = message;
  };
  check('name', draft.name.trim() === '' ? text.nameMissing : null);
  check('key', keyProblem(draft.key, taken, text));
  check('variants', variantProblem(draft.variants, text));
  check('primary', draft.primary === '' ? text.primary : null);
  const coverage = read(draft.coverage);
  check('coverage', coverage > 0 && coverage <= 100 ? null : text.coverage);
  check('mde', read(draft.mde) > 0 && read(draft.mde) <= 1000 ? null : text.mde);
  const days = read(draft.days);
  check('days', Number.isInteger(days) && days >= 1 && days <= 365 ? null : text.days);
  return problems;
}

function keyProblem(
  key: string,
  taken: ReadonlySet<string>,
  text: DashboardMessages['invalid'],
): string | null {
  if (key === '') return text.keyMissing;
  if (!isId(key)) return text.keyForm;
  return taken.has(key) ? text.keyTaken(key) : null;
}

function variantProblem(
  variants: readonly DraftVariant[],
  text: DashboardMessages['invalid'],
): string | null {
  if (variants.length < 2) return text.variantCount;
  if (variants.some(({ name }) => name.trim() === '')) return text.variantName;
  if (variants.some(({ key }) => !isId(key))) return text.variantKey;
  const keys = variants.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) return text.variantKeyTwice(twice);
  if (variants.some(({ weight }) => !(read(weight) >= 0 && read(weight) <= 100)))
    return text.weight;
  const sum = weightSum(variants) ?? 0;
  return Math.abs(sum - 100) < 0.02 ? null : text.weightSum(number(sum));
}

/** The row of a new experiment, a draft until somebody starts it. */
export function experimentOf(draft: Draft, now: number, kind: Experiment['kind']): Experiment {
  return {
    id: draft.key,
    key: draft.key,
    kind,
    status: 'draft',
    phase: 1,
    hashAttribute: 'id',
    hashVersion: 3,
    seed: draft.key,
    tags: [],
    createdAt: new Date(now).toISOString(),
    startedAt: null,
    stoppedAt: null,
    outcome: null,
    ...contentOf(draft, { method: draft.method, alpha: 0.05, power: 0.8, mde: 0 }, []),
  };
}

/** The members that the draft changes against the draft it began from, and nothing else. */
export function patchOf(experiment: Experiment, begun: Draft, draft: Draft): Partial<Experiment> {
  const before = contentOf(begun, experiment.plan, experiment.variants);
  const after = contentOf(draft, experiment.plan, experiment.variants);
  return Object.fromEntries(
    Object.entries(after).filter(([member, value]) => {
      return !same(value, before[member as keyof Content]);
    }),
  );
}

type Content = Pick<
  Experiment,
  'name' | 'hypothesis' | 'owner' | 'variants' | 'metrics' | 'coverage' | 'plan'
>;

function contentOf(draft: Draft, plan: Plan, variants: Experiment['variants']): Content {
  const payloads = new Map(variants.map((variant) => [variant.key, variant]));
  const weights = draft.variants.map(({ weight }) => read(weight));
  const sum = weights.reduce((a, b) => a + b, 0);
  return {
    name: draft.name.trim(),
    hypothesis: draft.hypothesis.trim(),
    owner: draft.owner.trim(),
    variants: draft.variants.map(({ key, name }, i) => ({
      ...payloads.get(key),
      key,
      name: name.trim(),
      weight: round((weights[i] ?? 0) / sum, 6),
    })),
    metrics: {
      primary: draft.primary,
      secondary: draft.secondary.filter((key) => key !== draft.primary),
      guardrails: draft.guardrails.filter((key) => key !== draft.primary),
    },
    coverage: round(read(draft.coverage) / 100, 6),
    plan: {
      ...plan,
      method: draft.method,
      mde: round(read(draft.mde) / 100, 6),
      plannedDays: read(draft.days),
    },
  };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** People type a comma or a point. */
const read = (text: string): number =>
  text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.'));
const round = (value: number, digits: number): number =>
  Math.round(value * 10 ** digits) / 10 ** digits;
const number = (value: number): string => String(round(value, 2));
const typed = (share: number): string => String(round(share * 100, 4));
