import type { Metric } from '../experiments/model.js';
import type { Fact, Suggestion } from './suggestion.js';

/** Writes a fact's value. */
export type FactFormat = (fact: Fact) => string;

/** The fact that a part of the claim refers to. */
export function factOf({ evidence }: Pick<Suggestion, 'evidence'>, id: string): Fact | undefined {
  return evidence.find((fact) => fact.id === id);
}

/** A suggestion's claim as text, for logs, mails and screen readers. */
export function plainText(
  suggestion: Pick<Suggestion, 'claim' | 'evidence'>,
  format: FactFormat = formatFact(),
): string {
  return suggestion.claim
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('name' in part) return part.name;
      const fact = factOf(suggestion, part.fact);
      return fact === undefined ? '–' : format(fact);
    })
    .join('');
}

/** Writes facts by the rules of a locale, values in their metric's own unit. */
export function formatFact(metrics: readonly Metric[] = [], locale = 'en'): FactFormat {
  const number = (value: number, options: Intl.NumberFormatOptions): string =>
    new Intl.NumberFormat(locale, options).format(value).replace('-', '\u2212');
  return ({ unit, value, metric: key }) => {
    const metric = metrics.find((m) => m.key === key);
    switch (unit) {
      case 'lift':
        return number(value, { style: 'percent', signDisplay: 'exceptZero', ...digits(1) });
      case 'share':
        return value > 0 && value < 0.001
          ? `<${number(0.001, { style: 'percent', maximumFractionDigits: 1 })}`
          : number(value, { style: 'percent', maximumFractionDigits: 1 });
      case 'units':
        return number(value, { maximumFractionDigits: 0 });
      case 'days':
        return number(value, { style: 'unit', unit: 'day', unitDisplay: 'long' });
      case 'p-value':
        return value < 1e-4
          ? `<${number(1e-4, { maximumFractionDigits: 4 })}`
          : number(value, { maximumSignificantDigits: 2 });
      case 'value':
        return number(value, valueOptions(metric));
      case 'total': {
        // A share's total counts units.
        const options = isShare(metric) ? {} : valueOptions(metric);
        return number(value, { ...options, minimumFractionDigits: 0, maximumFractionDigits: 0 });
      }
    }
  };
}

function valueOptions(metric: Metric | undefined): Intl.NumberFormatOptions {
  const format = metric?.format ?? (isShare(metric) ? 'percent' : undefined);
  if (format === 'percent') return { style: 'percent', ...digits(2) };
  if (format !== undefined && /^[A-Z]{3}$/.test(format)) {
    return { style: 'currency', currency: format, currencyDisplay: 'narrowSymbol' };
  }
  if (format === 's') return { style: 'unit', unit: 'second', unitDisplay: 'narrow', ...digits(2) };
  return { maximumFractionDigits: 2 };
}

/** Whose values are shares of units. */
function isShare(metric: Metric | undefined): boolean {
  return metric?.kind === 'proportion' || metric?.kind === 'retention';
}

function digits(count: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: count, maximumFractionDigits: count };
}
