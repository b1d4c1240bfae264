/**
 * What rollups must be, worked out the slow and obvious way: one unit after the other, in whole
 * numbers. Values are in thousandths.
 */
import type { ConversionEvent, ExposureEvent, WireEvent } from '../../src/protocol/index.js';
import { CONVERSION_GRACE, COVARIATE_PERIOD } from '../../src/server/experiments/unit-totals.js';
import type { Database } from '../../src/server/database/database.js';

/** Sums by place: what they are of, as text, and the numbers. */
export type Rollups = Record<string, string>;

export function modelOf(events: readonly WireEvent[], dimensions: readonly string[]): Rollups {
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
    const start = at - CONVERSION_GRACE;
    for (const segment of segments) {
      const place = [experiment, phase, segment, variant, day].join(' ');
      add(place, [1n, multiple ? 1n : 0n]);
      for (const name of new Set(did.map((event) => event.name))) {
        const own = did.filter((event) => event.name === name);
        const after = own.filter((event) => event.at >= start);
        const before = own.filter(
          (event) => event.at < start && event.at >= start - COVARIATE_PERIOD,
        );
        add(`${place} ${name}`, products(after, before));
      }
    }
  }
  return asRollups([...sums].map(([place, numbers]) => [place, numbers.map(String)]));
}

function products(after: readonly ConversionEvent[], before: readonly ConversionEvent[]): bigint[] {
  const value = (events: readonly ConversionEvent[]) =>
    events.reduce((sum, event) => sum + BigInt(Math.round((event.value ?? 1) * 1_000)), 0n);
  const [y, x] = [value(after), value(before)];
  const [n, m] = [BigInt(after.length), BigInt(before.length)];
  const has = (count: bigint) => (count > 0n ? 1n : 0n);
  const converted = [has(n), has(m), has(n) * has(m)];
  return [...converted, n, n * n, m, m * m, n * m, y, y * y, x, x * x, x * y];
}

/** The rollups as they are stored, in the model's form. */
export async function rollupsOf(database: Database, workspace: string): Promise<Rollups> {
  const rows = await database.query<{ place: string; numbers: string[] }>(
    `select concat_ws(' ', experiment, phase, dimension || ' ' || value, variant, day) as place,
            json_build_array(units::text, multiple::text) as numbers
       from unit_rollups where workspace = $1
      union all
     select concat_ws(' ', experiment, phase, dimension || ' ' || value, variant, day, event),
            json_build_array(
              converted::text, converted_before::text, converted_both::text,
              count_sum::text, count_squares::text, count_before_sum::text,
              count_before_squares::text, count_cross::text,
              trim_scale(value_sum * 1e3)::text, trim_scale(value_squares * 1e6)::text,
              trim_scale(value_before_sum * 1e3)::text,
              trim_scale(value_before_squares * 1e6)::text, trim_scale(value_cross * 1e6)::text)
       from event_rollups where workspace = $1`,
    [workspace],
  );
  return asRollups(rows.map(({ place, numbers }) => [place, numbers]));
}

/** Without the places that have come to nothing. */
function asRollups(entries: readonly (readonly [string, readonly string[]])[]): Rollups {
  const something = entries.filter(([, numbers]) => numbers.some((number) => number !== '0'));
  return Object.fromEntries(something.map(([place, numbers]) => [place, numbers.join(' ')]));
}
