/** What the form and its templates say, in English; a part of `messages.ts`. */
import type { Metric, Plan } from '../../experiments/model.js';
import type { Field } from './form/draft.js';
import type { TemplateId } from './template-ids.js';
import { capital, plural, spelled } from './words.js';

export const templateMessages = {
  conversion: {
    title: 'Raise a conversion rate',
    hypothesis: 'If we make the next step easier to see, more visitors will take it, because …',
  },
  revenue: {
    title: 'Raise revenue per visitor',
    hypothesis: 'If we change what we offer first, visitors will spend more, because …',
  },
  aa: {
    title: 'Check the setup (A/A)',
    hypothesis: 'Both variants are the same, so any difference found here is chance or a fault.',
  },
} satisfies Record<TemplateId, { title: string; hypothesis: string }>;

export const formMessages = {
  create: 'New experiment',
  edit: (name: string) => `Edit ${name}`,
  save: 'Save changes',
  createNow: 'Create draft',
  cancel: 'Cancel',
  basics: 'What and why',
  name: 'Name',
  key: 'Key',
  keyHint: 'Stable name in code and in events. It cannot be changed later.',
  hypothesis: 'Hypothesis',
  hypothesisHint: 'If we do this, that will happen, because …',
  owner: 'Owner',
  variants: 'Variants',
  variantsHint: 'The first is the control.',
  defaultVariants: ['Control', 'Treatment'] as [string, string],
  sameVariants: ['Control', 'Control again'] as [string, string],
  untitledVariant: (letter: string) => `Variant ${letter}`,
  variantName: (n: string) => `Name of variant ${n}`,
  variantKey: (n: string) => `Key of variant ${n}`,
  variantWeight: (n: string) => `Share of variant ${n}, in percent`,
  nameColumn: 'Name',
  keyColumn: 'Key',
  shareColumn: 'Share, %',
  addVariant: 'Add variant',
  removeVariant: (name: string) => `Remove ${name}`,
  equalise: 'Equal shares',
  weightSum: (sum: string) => `Together ${sum} %`,
  frozen:
    'Units are already assigned, so variants, shares, primary metric and method stay as they are.',
  measures: 'What counts',
  primary: 'Primary metric',
  choose: 'Choose a metric',
  secondary: 'Secondary metrics',
  guardrails: 'Guardrails',
  guardrailsHint: 'Must not get worse by more than their margin.',
  noMetrics: 'No metrics are defined yet.',
  metricKind: {
    proportion: 'share of units',
    mean: 'per unit',
    count: 'times per unit',
    ratio: 'ratio of sums',
    retention: 'share that came back',
    quantile: 'quantile of units',
  } satisfies Record<Metric['kind'], string>,
  plan: 'Plan',
  coverage: 'Coverage, %',
  coverageHint: 'Share of units that take part.',
  method: 'Method',
  methodHint: {
    fixed: 'Narrower intervals, but only one look counts: at the planned end.',
    sequential: 'Look and decide whenever you like; the intervals are wider for it.',
    'group-sequential':
      'Look daily until the planned end: early only large effects count, at the end nearly all that one look would.',
  } satisfies Record<Plan['method'], string>,
  mde: 'Smallest lift worth finding, %',
  mdeHint: 'Relative to the control.',
  days: 'Planned days',
  overlapping: (fields: string) =>
    `Somebody else changed ${fields} meanwhile. Your own text is kept and will replace theirs.`,
  useTheirs: 'Use theirs',
  fields: {
    name: 'the name',
    key: 'the key',
    hypothesis: 'the hypothesis',
    owner: 'the owner',
    variants: 'the variants',
    primary: 'the primary metric',
    secondary: 'the secondary metrics',
    guardrails: 'the guardrails',
    coverage: 'the coverage',
    method: 'the method',
    mde: 'the smallest lift',
    days: 'the planned days',
  } satisfies Record<Field, string>,
  saving: 'Saving …',
  problems: (n: number) =>
    `${capital(spelled(n))} ${plural(n, 'field needs', 'fields need')} a look.`,
};

export const invalidMessages = {
  nameMissing: 'Give it a name.',
  keyMissing: 'Give it a key.',
  keyForm: 'Use up to 64 letters, digits, “-” and “_”.',
  keyTaken: (key: string) => `“${key}” is taken. Choose another key.`,
  variantCount: 'An experiment needs at least two variants.',
  variantName: 'Give every variant a name.',
  variantKey: 'Give every variant a key of letters, digits, “-” and “_”.',
  variantKeyTwice: (key: string) => `Two variants share the key “${key}”.`,
  weight: 'Shares are numbers from 0 to 100.',
  weightSum: (sum: string) => `Shares must add up to 100 %; now they make ${sum} %.`,
  primary: 'Choose the one metric that decides.',
  coverage: 'Coverage lies between 0 and 100 %.',
  mde: 'Give a lift above 0 %, e.g. 5.',
  days: 'Plan whole days, from 1 to 365.',
};
