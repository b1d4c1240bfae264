export { matches, type Condition, type MatchOptions } from '../conditions/index.js';
export { createExperiments } from './client.js';
export { decide, type Attributes, type DecideOptions, type DecisionInputs } from './decide.js';
export type { Decision, DecisionReason, TraceStep } from './decision.js';
export { ExperimentsError, type ExperimentsErrorCode } from './error.js';
export type { Experiments, ExperimentsOptions, Inspection } from './experiments.js';
export { isBot } from './bots.js';
export { explain } from './explain.js';
export { exposureId } from './event-id.js';
export {
  importGrowthBook,
  stickyInStorage,
  type GrowthBook,
  type GrowthBookOptions,
  type ImportOptions,
} from './growthbook/index.js';
export { hash, inNamespace } from './hash.js';
export type {
  BucketRange,
  Experiment,
  ExperimentConfig,
  ExperimentKind,
  ExperimentsConfig,
  ExperimentStatus,
  Filter,
  Layer,
  Metric,
  Plan,
  Prerequisite,
  Results,
  Sticky,
  UrlTarget,
  Variant,
} from './model.js';
export { queryOverride } from './address.js';
export { bucketRanges, chooseVariation } from './ranges.js';
export { pages, type Pages } from './pages.js';
export type { HandedOver, Snapshot } from './snapshot.js';
export { takeSnapshot } from './take-snapshot.js';
