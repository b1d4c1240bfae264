/** The service worker of those pages. */
import { handleBackgroundSync } from '../../../src/sync/service-worker.js';
import { engine } from './engine.js';

handleBackgroundSync(engine);
