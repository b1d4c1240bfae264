/** GrowthBook's shapes: what its payload holds and what its SDKs answer. */
import type { Condition } from '../../conditions/index.js';
import type { BucketRange, UrlTarget } from '../model.js';

/** What GrowthBook's SDK endpoint answers; each part may be encrypted instead. */
export interface GrowthBookPayload {
  features?: Record<string, GrowthBookFeature>;
  experiments?: GrowthBookExperiment[];
  savedGroups?: Record<string, unknown>;
  contextualBandits?: Record<string, ContextualBandit>;
  encryptedFeatures?: string;
  encryptedExperiments?: string;
  encryptedSavedGroups?: string;
  encryptedContextualBandits?: string;
}

export interface GrowthBookFeature {
  defaultValue?: unknown;
  rules?: GrowthBookRule[];
}

/** What rules and experiments have in common. */
interface Assignment {
  key?: string;
  name?: string;
  phase?: string;
  seed?: string;
  /** Default 1. */
  hashVersion?: number;
  /** Default `id`. */
  hashAttribute?: string;
  fallbackAttribute?: string;
  disableStickyBucketing?: boolean;
  bucketVersion?: number;
  minBucketVersion?: number;
  coverage?: number;
  weights?: number[];
  ranges?: BucketRange[];
  meta?: GrowthBookMeta[];
  filters?: GrowthBookFilter[];
  namespace?: [name: string, start: number, end: number];
  condition?: Condition;
  parentConditions?: GrowthBookParent[];
}

export interface GrowthBookRule extends Assignment {
  id?: string;
  /** A value for whoever the rule is for. */
  force?: unknown;
  variations?: unknown[];
  range?: BucketRange;
  /** Exposures of an experiment that was decided on GrowthBook's server. */
  tracks?: { experiment: GrowthBookExperiment; result: GrowthBookResult }[];
  contextualVariations?: unknown[];
  contextualBanditRef?: string;
}

export interface GrowthBookExperiment extends Assignment {
  key: string;
  variations: unknown[];
  active?: boolean;
  status?: 'draft' | 'running' | 'stopped';
  force?: number;
  include?: () => boolean;
  urlPatterns?: UrlTarget[];
  /** Whether a redirect keeps the page's query. */
  persistQueryString?: boolean;
  /** Runs only when it is asked for by its key. */
  manual?: boolean;
  contextualBandit?: { leafId: number; variationWeights: number[]; banditVersion?: number };
}

export interface GrowthBookMeta {
  key?: string;
  name?: string;
  passthrough?: boolean;
}

export interface GrowthBookFilter {
  seed: string;
  ranges: BucketRange[];
  attribute?: string;
  /** Default 2. */
  hashVersion?: number;
}

export interface GrowthBookParent {
  id: string;
  condition?: Condition;
  gate?: boolean;
}

export interface ContextualBandit {
  banditVersion?: number;
  contexts?: { leafId: number; condition?: Condition; weights: number[] }[];
}

export interface GrowthBookFeatureResult {
  value: unknown;
  on: boolean;
  off: boolean;
  source:
    | 'unknownFeature'
    | 'defaultValue'
    | 'force'
    | 'override'
    | 'experiment'
    | 'prerequisite'
    | 'cyclicPrerequisite';
  ruleId: string;
  experiment?: GrowthBookExperiment;
  experimentResult?: GrowthBookResult;
}

export interface GrowthBookResult {
  key: string;
  value: unknown;
  variationId: number;
  inExperiment: boolean;
  hashUsed: boolean;
  hashAttribute: string;
  /** As the attribute has it. */
  hashValue: string | number;
  featureId: string | null;
  stickyBucketUsed: boolean;
  bucket?: number;
  name?: string;
  passthrough?: boolean;
  leafId?: number;
  variationWeights?: number[];
  banditVersion?: number;
}

/** What one unit has been given: `{ 'experiment__version': 'variation key' }`. */
export interface StickyDocument {
  attributeName: string;
  attributeValue: string;
  assignments: Record<string, string>;
}

/** Documents by `attribute||value`; a `Map` will do. */
export interface StickyDocuments {
  get(key: string): StickyDocument | undefined;
  set(key: string, document: StickyDocument): unknown;
}
