export { matches, type MatchOptions } from './matches.js';
export type { Condition, ConditionValue, Groups, Operators } from './condition.js';
