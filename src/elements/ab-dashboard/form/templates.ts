/** Starting points for a first experiment: each fills in the form, a person finishes it. */
import type { Experiment, Metric } from '../../../experiments/model.js';
import { emptyDraft, type Draft } from './draft.js';
import type { DashboardMessages } from '../messages.js';
import { TEMPLATES, type TemplateId } from '../template-ids.js';

export function isTemplate(id: string | null): id is TemplateId {
  return TEMPLATES.some((template) => template === id);
}

/** The form as the template fills it in; it takes a metric that fits where there is one. */
export function templateDraft(
  id: TemplateId | null,
  metrics: readonly Metric[],
  text: DashboardMessages,
): Draft {
  if (id === null) return emptyDraft(text.form.defaultVariants);
  const { title, hypothesis } = text.template[id];
  const names = id === 'aa' ? text.form.sameVariants : text.form.defaultVariants;
  const first = (fits: (metric: Metric) => boolean) => metrics.find(fits)?.key ?? '';
  return {
    ...emptyDraft(names),
    name: id === 'aa' ? title : '',
    hypothesis,
    primary: first(id === 'revenue' ? isRevenue : ({ kind }) => kind === 'proportion'),
    guardrails: metrics.filter(({ margin }) => margin !== undefined).map(({ key }) => key),
    ...(id === 'aa' && { method: 'fixed', days: '14', guardrails: [] }),
  };
}

export function kindOf(id: TemplateId | null): Experiment['kind'] {
  return id === 'aa' ? 'aa' : 'ab';
}

/** Values in a currency, summed per unit. */
const isRevenue = ({ kind, format }: Metric): boolean =>
  kind === 'mean' && format !== undefined && /^[A-Z]{3}$/.test(format);
