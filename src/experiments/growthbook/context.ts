/** What every step of an evaluation knows. */
import type { Condition } from '../../conditions/index.js';
import type { Attributes } from '../decide.js';
import type {
  ContextualBandit,
  GrowthBookExperiment,
  GrowthBookFeature,
  GrowthBookFeatureResult,
  GrowthBookResult,
  StickyDocuments,
} from './types.js';

/** How a unit is evaluated: of all calls, or of one. */
export interface GrowthBookOptions {
  /** The page's address, for `?<key>=<index>`, pages and redirects. */
  url?: string;
  /** Indices of variations to show, by experiment; not tracked. */
  forcedVariations?: Readonly<Record<string, number>>;
  /** Values of features, whatever their rules say. */
  forcedFeatures?: Readonly<Record<string, unknown>>;
  /** Nobody is put into experiments. Default false. */
  qaMode?: boolean;
  /** `false`: no experiment runs. Default true. */
  enabled?: boolean;
  /** Turns sticky bucketing on: where documents are kept, e.g. a `Map` or `stickyInStorage()`. */
  sticky?: StickyDocuments;
}

/** All there, if undefined: one shape for all, which engines read fastest. */
type AllOptions = {
  [Name in keyof Required<GrowthBookOptions>]: GrowthBookOptions[Name] | undefined;
};

export interface Context extends AllOptions {
  features: Readonly<Record<string, GrowthBookFeature>>;
  bandits: Readonly<Record<string, ContextualBandit>>;
  attributes: Attributes;
  /** Whether a value satisfies a condition, which may refer to saved groups. */
  matches(condition: Condition, value: unknown): boolean;
  /** What a prerequisite is; `path`: the features that led to it. */
  feature(id: string, context: Context, path: readonly string[]): GrowthBookFeatureResult;
  /** Called for every exposure; `importGrowthBook` calls its own callback once for each. */
  track(experiment: GrowthBookExperiment, result: GrowthBookResult): void;
}

/** The attribute that is hashed and what it is; '' where the unit has neither it nor its fallback. */
export function hashedAttribute(
  { attributes }: Context,
  attribute?: string,
  fallback?: string,
): Pick<GrowthBookResult, 'hashAttribute' | 'hashValue'> {
  const name = attribute || 'id';
  const value = own(attributes, name) || '';
  const other = !value && fallback ? own(attributes, fallback) : undefined;
  // What an object may be here is hashed as its text.
  return other
    ? { hashAttribute: fallback!, hashValue: other as string }
    : { hashAttribute: name, hashValue: value as string };
}

export function own<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
