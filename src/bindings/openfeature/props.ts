/** What was tracked with a conversion, in the form that a conversion can carry. */
import type { TrackingEventDetails } from '@openfeature/web-sdk';

type Props = Record<string, string | number | boolean>;

/** Dates and what is nested become text; `leftOut`: names of what the server would refuse. */
export function propsOf(details: Omit<TrackingEventDetails, 'value'>): {
  props: Props;
  leftOut: string[];
} {
  const props: Props = {};
  const leftOut: string[] = [];
  let room = 20;
  for (const [name, detail] of Object.entries(details)) {
    if (detail === undefined || detail === null) continue;
    const prop = propOf(detail);
    const isNamed = /^[A-Za-z0-9_-]{1,64}$/.test(name);
    if (prop === undefined || !isNamed || String(prop).length > 200 || room-- <= 0)
      leftOut.push(name);
    else props[name] = prop;
  }
  return { props, leftOut };
}

/** Undefined for what can't be said. */
function propOf(detail: unknown): string | number | boolean | undefined {
  if (typeof detail === 'string' || typeof detail === 'boolean') return detail;
  if (typeof detail === 'number') return Number.isFinite(detail) ? detail : undefined;
  try {
    return detail instanceof Date ? detail.toISOString() : JSON.stringify(detail);
  } catch {
    return undefined; // A circle, or no date at all.
  }
}
