/** Sticky bucketing as GrowthBook does it: a document for each unit says what it was given. */
import { isObject } from '../../protocol/index.js';
import { quietly } from './callbacks.js';
import { hashedAttribute, own, type Context } from './context.js';
import type {
  GrowthBookExperiment,
  GrowthBookResult,
  StickyDocument,
  StickyDocuments,
} from './types.js';

/** The fallback counts only while sticky bucketing is on. */
export function fallbackOf(
  { sticky }: Context,
  {
    fallbackAttribute,
    disableStickyBucketing,
  }: Pick<GrowthBookExperiment, 'fallbackAttribute' | 'disableStickyBucketing'>,
): string | undefined {
  return sticky && !disableStickyBucketing ? fallbackAttribute : undefined;
}

/** The index of the variation that a unit keeps, −1 for none; `blocked`: it had an older version. */
export function stuck(
  context: Context,
  experiment: GrowthBookExperiment,
): { index: number; blocked: boolean } {
  const { key, bucketVersion, minBucketVersion = 0, meta = [] } = experiment;
  const none = { index: -1, blocked: false };
  if (!context.sticky || experiment.disableStickyBucketing) return none;
  const assignments = assignmentsOf(context, experiment);
  for (let version = 0; version < minBucketVersion; version++)
    if (own(assignments, nameOf(key, version)) !== undefined) return { index: -1, blocked: true };
  const given = own(assignments, nameOf(key, bucketVersion));
  return given === undefined
    ? none
    : { index: meta.findIndex((variation) => variation.key === given), blocked: false };
}

/** Remembers what a unit was given. */
export function stick(
  { sticky }: Context,
  { key, bucketVersion, disableStickyBucketing }: GrowthBookExperiment,
  { hashAttribute, hashValue, key: variation }: GrowthBookResult,
): void {
  if (!sticky || disableStickyBucketing) return;
  const attributeName = hashAttribute;
  const attributeValue = textOf(hashValue);
  const at = `${attributeName}||${attributeValue}`;
  const before = givenTo(at, sticky);
  const assignments = { ...before, [nameOf(key, bucketVersion)]: variation };
  if (JSON.stringify(before) !== JSON.stringify(assignments))
    quietly(() => sticky.set(at, { attributeName, attributeValue, assignments }));
}

/** What a unit was given; nothing where the app's store fails. */
function givenTo(at: string, sticky: StickyDocuments): Record<string, string> {
  try {
    const assignments = sticky.get(at)?.assignments;
    return isObject(assignments) ? (assignments as Record<string, string>) : {};
  } catch (error) {
    console.warn(error);
    return {};
  }
}

function assignmentsOf(
  context: Context,
  { hashAttribute, fallbackAttribute }: GrowthBookExperiment,
): Record<string, string> {
  const of = (attribute?: string): Record<string, string> => {
    const { hashAttribute, hashValue } = hashedAttribute(context, attribute);
    return context.sticky ? givenTo(`${hashAttribute}||${textOf(hashValue)}`, context.sticky) : {};
  };
  return { ...of(fallbackAttribute), ...of(hashAttribute) };
}

function nameOf(experiment: string, bucketVersion = 0): string {
  return `${experiment}__${bucketVersion || 0}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Documents in `localStorage`, where GrowthBook's own SDK keeps them: what units were given there,
 * they keep here. What is blocked or full remembers for this page only.
 */
export function stickyInStorage({
  storage,
  prefix = 'gbStickyBuckets__',
}: { storage?: Pick<Storage, 'getItem' | 'setItem'>; prefix?: string } = {}): StickyDocuments {
  const here = new Map<string, StickyDocument>();
  return {
    get(key) {
      try {
        const kept: unknown = JSON.parse((storage ?? localStorage).getItem(prefix + key) ?? 'null');
        if (isObject(kept) && isObject(kept.assignments)) return kept as unknown as StickyDocument;
      } catch {
        // Blocked or damaged.
      }
      return here.get(key);
    },
    set(key, document) {
      here.set(key, document);
      try {
        (storage ?? localStorage).setItem(prefix + key, JSON.stringify(document));
      } catch {
        // Full or blocked.
      }
    },
  };
}
