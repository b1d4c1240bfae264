export { advise } from './advise.js';
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
