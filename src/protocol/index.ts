export * from './json.js';
export * from './limits.js';
export * from './problem.js';
export * from './push.js';
export * from './pull.js';
export * from './scope.js';
export * from './events.js';
export * from './schemas.js';
