/**
 * Numbers, dates and shares in words, by the rules of one locale. Every number of the dashboard
 * goes through here: a missing one is “–”, a negative one has a real minus sign, none is `NaN`.
 */
import type { Metric } from '../../experiments/model.js';

export const MISSING = '–';

type Maybe = number | null | undefined;

/** How a metric's values are written. */
export type ValueFormat = Pick<Metric, 'kind' | 'format'>;

export interface Format {
  locale: string;
  /** 184,302 */
  count(value: Maybe): string;
  /** A number as it is, to two decimals: 99.5 */
  plain(value: Maybe): string;
  /** A number that goes into a formula, to six digits. */
  exact(value: Maybe): string;
  /** A share as it is: 91% */
  percent(value: Maybe, digits?: number): string;
  /** A share that a person chose, as exact as they were: 5%, 33.33% */
  share(value: Maybe): string;
  /** A relative change with its sign: +5.8% */
  lift(value: Maybe): string;
  /** A change's size where words give the direction: 5.8% */
  size(value: Maybe): string;
  /** A tick of a relative axis: +4% */
  tick(value: Maybe): string;
  /** A metric's value: 3.12%, €1.84, 1.42s */
  value(metric: ValueFormat, value: Maybe): string;
  /** A metric's change with its sign: −€0.08; a share's in percentage points, as `points` says. */
  difference(metric: ValueFormat, value: Maybe, points: (text: string) => string): string;
  /** <0.0001, 0.013, 0.44 */
  pValue(value: Maybe): string;
  /** 22 Nov, from an ISO day or time; UTC. */
  day(iso: string | null | undefined): string;
  /** 22 November 2026 */
  date(iso: string | null | undefined): string;
}

const formats = new Map<string, Format>();

/** The format of a locale (BCP 47); an unknown one reads as English. */
export function formatOf(locale: string): Format {
  let format = formats.get(locale);
  if (!format) formats.set(locale, (format = createFormat(usable(locale))));
  return format;
}

function createFormat(locale: string): Format {
  const cache = new Map<string, Intl.NumberFormat>();
  // In a sentence that runs from right to left, signs would move to a number's other side.
  const isolated = isRightToLeft(locale)
    ? (text: string) => `\u2068${text}\u2069`
    : (text: string) => text;
  const number = (value: Maybe, options: Intl.NumberFormatOptions): string => {
    if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
    const id = JSON.stringify(options);
    let format = cache.get(id);
    if (!format) cache.set(id, (format = new Intl.NumberFormat(locale, options)));
    return isolated(
      format
        .formatToParts(value)
        .map((part) => (part.type === 'minusSign' ? '\u2212' : part.value))
        .join(''),
    );
  };
  const share = (value: Maybe, digits: number, more: Intl.NumberFormatOptions = {}): string =>
    number(value, {
      style: 'percent',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      ...more,
    });
  const date = (iso: string | null | undefined, options: Intl.DateTimeFormatOptions): string => {
    const time = Date.parse(iso ?? '');
    if (Number.isNaN(time)) return MISSING;
    return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(time);
  };

  return {
    locale,
    count: (value) => number(value, { maximumFractionDigits: 0 }),
    plain: (value) => number(value, { maximumFractionDigits: 2 }),
    exact: (value) => number(value, { maximumSignificantDigits: 6 }),
    percent: (value, digits = 0) => share(value, digits),
    share: (value) => number(value, { style: 'percent', maximumFractionDigits: 2 }),
    lift: (value) => share(value, 1, { signDisplay: 'exceptZero' }),
    size: (value) => share(value, 1, { signDisplay: 'never' }),
    tick: (value) =>
      number(value, { style: 'percent', maximumFractionDigits: 2, signDisplay: 'exceptZero' }),
    value: (metric, value) => number(value, valueOptions(metric, value)),
    difference(metric, value, points) {
      const { style, ...options } = valueOptions(metric, value);
      if (style !== 'percent') {
        return number(value, { ...(style && { style }), ...options, signDisplay: 'exceptZero' });
      }
      if (value === null || value === undefined) return MISSING;
      return points(number(value * 100, { ...options, signDisplay: 'exceptZero' }));
    },
    pValue: (value) =>
      typeof value === 'number' && value < 0.0001
        ? isolated(`<${number(0.0001, { maximumFractionDigits: 4 })}`)
        : number(value, { maximumSignificantDigits: value && value < 0.001 ? 1 : 2 }),
    day: (iso) => date(iso, { day: 'numeric', month: 'short' }),
    date: (iso) => date(iso, { day: 'numeric', month: 'long', year: 'numeric' }),
  };
}

function valueOptions({ kind, format }: ValueFormat, value: Maybe): Intl.NumberFormatOptions {
  const size = Math.abs(value ?? 0);
  if (
    format === 'percent' ||
    (format === undefined && (kind === 'proportion' || kind === 'retention'))
  ) {
    const digits = size >= 0.1 ? 1 : 2;
    return { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits };
  }
  if (format !== undefined && /^[A-Z]{3}$/.test(format)) {
    return { style: 'currency', currency: format, currencyDisplay: 'narrowSymbol' };
  }
  const digits = (n: number) => ({ minimumFractionDigits: n, maximumFractionDigits: n });
  if (format === 's') {
    // Differences of load times are milliseconds.
    return {
      style: 'unit',
      unit: 'second',
      unitDisplay: 'narrow',
      ...digits(size > 0 && size < 0.1 ? 3 : 2),
    };
  }
  return digits(size >= 1000 ? 0 : 2);
}

/** By its script: what tells a locale's direction is not in every browser yet. */
function isRightToLeft(locale: string): boolean {
  const { script = '' } = new Intl.Locale(locale).maximize();
  return /^(Adlm|Arab|Hebr|Mand|Nkoo|Rohg|Samr|Syrc|Thaa)$/.test(script);
}

function usable(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
