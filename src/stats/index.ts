export * from './analysis.js';
export { analyze } from './analyze.js';
export { addValue, arm, emptyArm, merge, sumOf, varianceOf, type Arm } from './arm.js';
export { compare, type CompareOptions, type Comparison, type Interval } from './compare.js';
export { holm } from './corrections.js';
export { thresholds } from './decision.js';
export { beta, chiSquare, gamma, normal, studentT, type Distribution } from './distributions.js';
export { StatisticsError } from './error.js';
export {
  minimumDetectableEffect,
  power,
  sampleSize,
  type Baseline,
  type Errors,
} from './planning.js';
export { sequentialMultiplier, sequentialPValue } from './sequential.js';
export { SRM_ALPHA, srm, type SampleRatio } from './srm.js';
