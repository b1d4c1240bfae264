export { advise } from './advise.js';
export { verifyRewording, type Rewording, type RewordingOptions } from './rewording.js';
export { factOf, formatFact, plainText, type FactFormat } from './text.js';
export type {
  Action,
  AdvisorContext,
  ClaimPart,
  Confidence,
  Fact,
  FactUnit,
  Severity,
  Suggestion,
} from './suggestion.js';
