/**
 * Decisions handed over: from a server to the page it renders, and from one page to the next, so
 * that the right variant is in the first paint and nobody decides twice. One unit's, of one version,
 * bounded, and checked when read: whoever reads has no other proof of where it comes from.
 */
import { attempt } from './attempt.js';
import type { Attributes } from './decide.js';
import type { Decision } from './decision.js';
import type { UrlTarget } from './model.js';
import { isLike } from './shape.js';
import { asUnit } from './unit.js';

export interface Snapshot {
  version: 1;
  /** ETag of the configuration that was decided by; null where it has none. */
  config: string | null;
  /** Whose decisions these are: the ids that were hashed, by attribute. */
  unit: Record<string, string>;
  decisions: HandedOver[];
}

/** What of a decision is shown, and what recording the exposure needs. */
export interface HandedOver extends Pick<
  Decision,
  | 'experiment'
  | 'phase'
  | 'variant'
  | 'payload'
  | 'inExperiment'
  | 'reason'
  | 'sticky'
  | 'bucket'
  | 'hashAttribute'
  | 'hashVersion'
> {
  /** The variants' keys, the control first. */
  variants: string[];
  /** Keys of the holdouts and prerequisites that the unit takes part in. */
  upstream: string[];
  /** The address that it was decided on, where it may be decided otherwise on others. */
  page?: string;
  /** Targets of type `simple`: it holds where they match. */
  urls?: readonly UrlTarget[];
}

/** Name of the snapshot: the id of the page's `<script type="application/json">`, and its key in
 * `localStorage`. */
export const SNAPSHOT = 'bytelyst-decisions';

/** What the page's server has put into it, if any: in a script, for ids are also given by whoever
 * writes comments. */
export function snapshotOfPage(): Snapshot | null {
  const query = `script#${SNAPSHOT}[type="application/json"]`;
  return parseSnapshot(globalThis.document?.querySelector(query)?.textContent);
}

export const MAX_DECISIONS = 200;
/** Characters of the text. */
export const MAX_LENGTH = 100_000;

/** The snapshot that a text is; null where it is none, of another version, or too long. */
export function parseSnapshot(text: string | null | undefined): Snapshot | null {
  if (!text || text.length > MAX_LENGTH) return null;
  const value: unknown = attempt(() => JSON.parse(text));
  return isSnapshot(value) ? value : null;
}

function isSnapshot(value: unknown): value is Snapshot {
  if (!isLike(value, { version: 1, unit: {}, decisions: [DECISION] })) return false;
  const { version, config, unit, decisions } = value as Snapshot;
  return (
    version === 1 &&
    decisions.length <= MAX_DECISIONS &&
    decisions.every((one) => !one.inExperiment || Object.hasOwn(unit, one.hashAttribute)) &&
    isLike([...Object.values(unit), config ?? ''], ['']) &&
    isLike(
      decisions.map(({ bucket }) => bucket ?? 0),
      [0],
    )
  );
}

const DECISION = {
  experiment: '',
  variant: '',
  reason: '',
  hashAttribute: '',
  phase: 1,
  hashVersion: 3,
  inExperiment: true,
  variants: [''],
  upstream: [''],
  'page?': '',
  'urls?': [{}],
};

/** Whether these are decisions about whom the attributes name. */
export function isOf({ unit }: Snapshot, attributes: Attributes): boolean {
  return Object.entries(unit).every(([name, id]) => asUnit(attributes[name]) === id);
}
