/** The page that `test/e2e/tabs.test.ts` drives: an engine on IndexedDB, in reach of the test. */
import { engine } from './engine.js';
import { requestBackgroundSync } from '../../../src/sync/service-worker.js';

const sync = engine();
const restored: boolean[] = [];
addEventListener('pageshow', ({ persisted }) => restored.push(persisted));

/** What the test may use of the page. */
const handles = {
  sync,
  restored,
  /** Registers the worker, and asks for sync events from then on. */
  async useWorker(): Promise<void> {
    requestBackgroundSync(sync, navigator.serviceWorker.ready);
    await navigator.serviceWorker.register('/worker.js');
    await navigator.serviceWorker.ready;
  },
};
export type Handles = typeof handles;
Object.assign(window, { handles });
