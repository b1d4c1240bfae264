/** The demo page: every element live, and the sync engine behind a list of tasks. */
import {
  bytelystTransport,
  createSyncEngine,
  indexedDBStorage,
  type SyncEngine,
} from '../src/sync/index.js';
import '../src/elements/ab-dashboard/define.js';
import '../src/elements/loading-spinner/define.js';
import '../src/elements/loading-skeleton/define.js';
import '../src/elements/empty-state/define.js';
import '../src/elements/error-page/define.js';
import '../src/elements/not-found-page/define.js';
import type { AbDashboard } from '../src/elements/ab-dashboard/ab-dashboard.js';
import type { SyncStatusElement } from '../src/elements/sync-status/sync-status.js';
import { chooseAppearance } from './appearance.js';
import { addCopyButtons } from './copy-code.js';
import { wireExamples } from './examples.js';
import { connectOfflineSwitch } from './offline-switch.js';
import { connectShell, connectStatus } from './shell.js';
import { showTasks, type Task } from './tasks.js';
import { showVisitors } from './visitors.js';

const sync = createSyncEngine({
  storage: indexedDBStorage('bytelyst-demo'),
  transport: bytelystTransport({ url: '/v1' }),
  entities: { tasks: {} },
});

const offline = document.querySelector<HTMLInputElement>('#offline')!;
connectShell(sync);
showTasks(document.querySelector<HTMLElement>('#tasks')!, sync, sync.collection<Task>('tasks'));
showVisitors(document.querySelector<HTMLElement>('#visitors-stage')!, offline);
showDashboard();
chooseAppearance();
addCopyButtons();
wireExamples();

/** The dashboard has an engine of its own, which has its own status here. */
function showDashboard(): void {
  const dashboard = document.querySelector<AbDashboard>('#dashboard')!;
  const engine = dashboard.sync as SyncEngine;
  connectStatus(document.querySelector<SyncStatusElement>('#dashboard-status')!, engine);
  connectOfflineSwitch(offline, engine);
  // An address within the dashboard begins there, not at the top of the page.
  if (location.hash.startsWith('#/')) document.querySelector('#ab-testing')!.scrollIntoView();
}
