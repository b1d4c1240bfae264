/** The demo page: every element live, and the sync engine behind a list of tasks. */
import { bytelystTransport, createSyncEngine, indexedDBStorage } from '../src/sync/index.js';
import '../src/elements/loading-spinner/define.js';
import '../src/elements/loading-skeleton/define.js';
import '../src/elements/empty-state/define.js';
import '../src/elements/error-page/define.js';
import '../src/elements/not-found-page/define.js';
import { chooseAppearance } from './appearance.js';
import { addCopyButtons } from './copy-code.js';
import { wireExamples } from './examples.js';
import { connectShell } from './shell.js';
import { showTasks, type Task } from './tasks.js';
import { showVisitors } from './visitors.js';

const sync = createSyncEngine({
  storage: indexedDBStorage('bytelyst-demo'),
  transport: bytelystTransport({ url: '/v1' }),
  entities: { tasks: {} },
});

connectShell(sync);
showTasks(document.querySelector<HTMLElement>('#tasks')!, sync, sync.collection<Task>('tasks'));
showVisitors(
  document.querySelector<HTMLElement>('#visitors-stage')!,
  document.querySelector<HTMLInputElement>('#offline')!,
);
chooseAppearance();
addCopyButtons();
wireExamples();
