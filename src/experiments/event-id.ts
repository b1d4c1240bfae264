import { digest, murmur3, update } from './murmur3.js';

/**
 * The id of an exposure: 32 hex digits (murmur3-x86-32 with the seeds 0 to 3) that follow from what
 * was met by whom, so that a reload, a second tab and a second delivery are the same row.
 */
export function exposureId({
  experiment,
  phase,
  unit,
  variant,
}: {
  experiment: string;
  phase: number;
  unit: string;
  variant: string;
}): string {
  return eventId([experiment, phase, unit, variant]);
}

/** The id of an identify: the same two are joined once. */
export function identifyId(anonymous: string, unit: string): string {
  return eventId([anonymous, unit]);
}

function eventId(parts: readonly (string | number)[]): string {
  const text = parts.join('\0');
  let id = '';
  for (let seed = 0; seed < 4; seed++) {
    id += digest(update(murmur3(seed), text))
      .toString(16)
      .padStart(8, '0');
  }
  return id;
}
