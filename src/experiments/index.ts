export { matches, type Condition, type MatchOptions } from '../conditions/index.js';
export { createExperiments, type ExperimentsOptions, type Experiments } from './client.js';
export {
  decide,
  type Attributes,
  type DecideOptions,
  type Decision,
  type DecisionReason,
  type TraceStep,
} from './decide.js';
export { ExperimentsError, type ExperimentsErrorCode } from './error.js';
export { explain } from './explain.js';
export { exposureId } from './event-id.js';
export { hash, inNamespace } from './hash.js';
export type {
  Experiment,
  ExperimentConfig,
  ExperimentKind,
  ExperimentsConfig,
  ExperimentStatus,
  Metric,
  Plan,
  Results,
  Variant,
} from './model.js';
export { queryOverride } from './override.js';
export { bucketRanges, chooseVariation, type BucketRange } from './ranges.js';
