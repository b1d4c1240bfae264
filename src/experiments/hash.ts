/**
 * From a unit to a number in [0, 1). The versions are frozen for ever: an experiment keeps its
 * buckets only as long as its hash does.
 */
import { digest, murmur3, update, type Murmur3 } from './murmur3.js';

/**
 * Where `value` falls under `seed`: 0 ≤ n < 1, or null when the version is unknown. Never throws: what
 * is no text is hashed as its text.
 *
 * - 3, for every new experiment: murmur3-x86-32 (Austin Appleby) over the UTF-8 bytes of
 *   `seed NUL value`, divided by 2³².
 * - 2: GrowthBook's, 10,000 buckets: FNV-1a-32 (Fowler, Noll, Vo) of the decimal FNV-1a-32 of
 *   `seed + value`, mod 10,000, over UTF-16 code units; for imported experiments.
 * - 1: GrowthBook's first, 1,000 buckets: FNV-1a-32 of `value + seed`, mod 1,000. Correlates
 *   assignments across experiments.
 */
export function hash(seed: string, value: string, version: number): number | null {
  switch (version) {
    case 3:
      return digest(update(seeded(seed), String(value))) / 2 ** 32;
    case 2:
      return (fnv1a(String(fnv1a(seed + value))) % 10_000) / 10_000;
    case 1:
      return (fnv1a(value + seed) % 1_000) / 1_000;
    default:
      return null;
  }
}

/**
 * GrowthBook's namespaces: whether a unit falls in [start, end) of the one named; 0 ≤ start < end ≤ 1.
 * Where it falls is hash version 1 of `__name`. False for bounds that are no numbers.
 */
export function inNamespace(
  unit: string,
  [name, start, end]: readonly [name: string, start: number, end: number],
): boolean {
  const n = hash(`__${name}`, unit, 1) ?? NaN;
  return n >= start && n < end;
}

/** The state after `seed NUL`, the same for every unit of an experiment. */
const afterSeed = new Map<string, Murmur3>();
const MAX_SEEDS = 1_000;

function seeded(seed: string): Murmur3 {
  let state = afterSeed.get(seed);
  if (state === undefined) {
    state = update(murmur3(), `${seed}\0`);
    if (afterSeed.size >= MAX_SEEDS) afterSeed.clear();
    afterSeed.set(seed, state);
  }
  return state;
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function fnv1a(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
