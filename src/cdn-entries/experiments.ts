/**
 * `bytelyst/cdn/experiments.js`: all that a page without a build needs for its experiments, in one file
 * for a script tag.
 */
import '../elements/experiment/define.js';
import '../elements/flag/define.js';

export { provideExperiments } from '../elements/experiment/provided.js';
export { createExperiments } from '../experiments/client.js';
export { bytelystTransport, createSyncEngine, indexedDBStorage } from '../sync/index.js';
