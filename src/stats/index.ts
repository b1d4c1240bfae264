export * from './analysis.js';
export { analyze } from './analyze.js';
export {
  addValue,
  arm,
  changeValue,
  emptyArm,
  merge,
  ratioArm,
  sumOf,
  UNKNOWN_SPREAD,
  varianceOf,
  type Arm,
  type ArmSums,
  type UnitValue,
} from './arm.js';
export { defaultPrior, type Bayesian, type Prior } from './bayesian.js';
export { exactBayesian } from './bayesian-exact.js';
export { compare, type CompareOptions, type Comparison } from './compare.js';
export { benjaminiHochberg, holm } from './corrections.js';
export { thompsonWeights, type BanditOptions } from './bandit.js';
export {
  fragility,
  interaction,
  novelty,
  preExperimentBias,
  type Estimate,
} from './diagnostics.js';
export { thresholds } from './sufficiency.js';
export { beta, chiSquare, gamma, normal, studentT, type Distribution } from './distributions.js';
export type { Effect, Interval, NotComputable } from './effect.js';
export { StatisticsError } from './error.js';
export {
  conditionalPower,
  duration,
  minimumDetectableEffect,
  optimalAllocation,
  power,
  sampleSize,
  type Baseline,
  type Design,
  type Errors,
  type Target,
} from './planning.js';
export { learnPrior, shrink, type LiftPrior, type MeasuredLift } from './shrinkage.js';
export { analyzeSegments, type SegmentAnalysis, type SegmentSummaries } from './segments.js';
export {
  groupSequentialBounds,
  groupSequentialPower,
  groupSequentialTest,
  type Spending,
  type SpendingOptions,
} from './group-sequential.js';
export { sequentialMultiplier, sequentialPValue, type SequentialTest } from './sequential.js';
export { SRM_ALPHA, srm, srmOfPeriods, type Period, type SampleRatio } from './srm.js';
export { quantileArm, winsorize, type Cap } from './values.js';
