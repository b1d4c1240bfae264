/**
 * What rollups must be, worked out the slow and obvious way: one unit after the other, in whole
 * numbers. Amounts are in billionths, as exact as the server keeps them.
 */
import type { Metric } from '../../src/experiments/model.js';
import type { ConversionEvent, ExposureEvent, WireEvent } from '../../src/protocol/index.js';
import type { Database } from '../../src/server/database/database.js';

/** Sums by place: what they are of, as text, and the numbers. */
export type Rollups = Record<string, string>;

/** What is counted: the metrics of an experiment's phase. */
export interface Counted {
  experiment: string;
  phase: number;
  metrics: readonly Omit<Metric, 'id'>[];
}

const UNIT = 1_000_000_000n;
const HOUR = 3_600_000;
const GRACE = 60_000;

export function modelOf(
  events: readonly WireEvent[],
  dimensions: readonly string[],
  counted: readonly Counted[],
): Rollups {
  const ordered = [...events].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  const known = new Map<string, string>();
  for (const event of ordered) {
    if (event.type === 'identify' && !known.has(event.anonymous)) {
      known.set(event.anonymous, event.unit);
    }
  }
  const unitOf = (unit: string) => known.get(unit) ?? unit;
  const exposures = ordered.filter((event): event is ExposureEvent => event.type === 'exposure');
  const conversions = ordered.filter(
    (event): event is ConversionEvent => event.type === 'conversion',
  );
  const sums = new Map<string, bigint[]>();
  const add = (place: string, numbers: readonly bigint[]) => {
    const before = sums.get(place) ?? numbers.map(() => 0n);
    sums.set(
      place,
      before.map((sum, i) => sum + numbers[i]!),
    );
  };

  const places = new Map<string, ExposureEvent[]>();
  for (const event of exposures) {
    const place = `${event.experiment} ${event.phase} ${unitOf(event.unit)}`;
    places.set(place, [...(places.get(place) ?? []), event]);
  }
  for (const met of places.values()) {
    const { experiment, phase, variant, at, unit, dimensions: sent = {} } = met[0]!;
    const day = new Date(at).toISOString().slice(0, 10);
    const multiple = met.some((event) => event.variant !== variant);
    const segments = [
      ' ',
      ...dimensions.filter((name) => name in sent).map((name) => `${name} ${sent[name] as string}`),
    ];
    const did = conversions.filter((event) => unitOf(event.unit) === unitOf(unit));
    const metrics =
      counted.find((one) => one.experiment === experiment && one.phase === phase)?.metrics ?? [];
    for (const segment of segments) {
      const place = [experiment, phase, segment, variant, day].join(' ');
      add(place, [1n, multiple ? 1n : 0n]);
      for (const metric of metrics) {
        const { bucket, moments } = unitMoments(metric, at, did);
        // All units are in bucket 0, and those whose values have an order in one of their own too.
        for (const one of new Set([0, bucket])) add(`${place} ${metric.key} ${one}`, moments);
      }
    }
  }
  return asRollups([...sums].map(([place, numbers]) => [place, numbers.map(String)]));
}

/** What one unit, first exposed at `at`, adds to a metric. */
function unitMoments(
  { event, kind, aggregation = 'sum', denominator, cap, ...window }: Omit<Metric, 'id'>,
  at: number,
  did: readonly ConversionEvent[],
): { bucket: number; moments: bigint[] } {
  const { delayHours = 0, windowHours = Infinity, covariateDays = 14 } = window;
  const from = delayHours === 0 ? at - GRACE : at + delayHours * HOUR;
  const end = at + (delayHours + windowHours) * HOUR;
  const start = at - GRACE - covariateDays * 24 * HOUR;
  const after = (name: string) =>
    did.filter((one) => one.name === name && one.at >= from && one.at < end);
  const before = did.filter((one) => one.name === event && one.at < at - GRACE && one.at >= start);
  const take =
    kind === 'proportion' || kind === 'retention'
      ? 'any'
      : kind === 'count'
        ? 'count'
        : kind === 'mean'
          ? 'sum'
          : aggregation;
  const valueOf = (events: readonly ConversionEvent[]) => {
    const value = taken(take, events);
    const most = cap && 'value' in cap ? BigInt(Math.round(cap.value * 1e9)) : value;
    return value < most ? value : most;
  };
  const [y, x] = [valueOf(after(event)), valueOf(before)];
  const d = denominator ? taken(denominator.aggregation ?? 'count', after(denominator.event)) : 0n;
  const ordered = kind === 'quantile' || (cap && 'percentile' in cap);
  return {
    bucket: ordered ? bucketOf(Number(y) / 1e9) : 0,
    moments: [after(event).length ? 1n : 0n, y, y * y, x, x * x, x * y, d, d * d, d * y, d * x],
  };
}

function taken(
  take: 'any' | 'count' | 'sum' | 'average',
  events: readonly ConversionEvent[],
): bigint {
  const count = BigInt(events.length);
  const sum = events.reduce(
    (total, { value }) => total + BigInt(Math.round((value ?? 1) * 1e3)),
    0n,
  );
  const amount = (sum * UNIT) / 1_000n;
  if (take === 'any') return count > 0n ? UNIT : 0n;
  if (take === 'count') return count * UNIT;
  if (take === 'sum' || count === 0n) return amount;
  // Half a billionth away from zero.
  const sign = amount < 0n ? -1n : 1n;
  return (sign * (2n * sign * amount + count)) / (2n * count);
}

function bucketOf(y: number): number {
  if (y === 0) return 0;
  return Math.sign(y) * (Math.floor(Math.log(Math.abs(y) / 1e-9) / Math.log(1.002)) + 1);
}

/** The rollups as they are stored, in the model's form. */
export async function rollupsOf(database: Database, workspace: string): Promise<Rollups> {
  const sums = ['y', 'x', 'd'].map((sum) => `trim_scale(${sum} * 1e9)::text as ${sum}`);
  const products = ['yy', 'xx', 'xy', 'dd', 'dy', 'dx'].map(
    (product) => `trim_scale(${product} * 1e18)::text as ${product}`,
  );
  const rows = await database.query<{ place: string; numbers: string[] }>(
    `select concat_ws(' ', experiment, phase, dimension || ' ' || value, variant, day) as place,
            json_build_array(units::text, multiple::text) as numbers
       from unit_rollups where workspace = $1
      union all
     select concat_ws(' ', experiment, phase, dimension || ' ' || value, variant, day, metric,
                      bucket),
            json_build_array(units::text, y, yy, x, xx, xy, d, dd, dy, dx)
       from (select experiment, phase, dimension, value, variant, day, metric, bucket, units,
                    ${[...sums, ...products].join(', ')}
               from metric_rollups where workspace = $1) as m`,
    [workspace],
  );
  return asRollups(rows.map(({ place, numbers }) => [place, numbers]));
}

/** Without the places that have come to nothing. */
function asRollups(entries: readonly (readonly [string, readonly string[]])[]): Rollups {
  const something = entries.filter(([, numbers]) => numbers.some((number) => number !== '0'));
  return Object.fromEntries(something.map(([place, numbers]) => [place, numbers.join(' ')]));
}
