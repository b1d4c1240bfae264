export { evaluate, isOperators, type Judges } from './evaluate.js';
export { member, memberOrUndefined, ownMember } from './member.js';
export { isPattern, testPattern } from './pattern.js';
export { matches, type MatchOptions } from './matches.js';
export type { Condition, ConditionValue, Groups, Operators } from './condition.js';
