export { OPERATORS } from './operators.js';
export { evaluate, isOperators, judged, MAX_STEPS, type Judges, type Steps } from './evaluate.js';
export { member, memberOrUndefined, ownMember } from './member.js';
export { isPattern, testPattern } from './pattern.js';
export { matches, type MatchOptions } from './matches.js';
export type { Condition, ConditionValue, Groups, Operators } from './condition.js';
