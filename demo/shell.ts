/** What both pages share: the sidebar with its sync status and offline switch. */
import { icons } from '../src/elements/icons/all.js';
import { registerIcons } from '../src/elements/icons/icon.js';
import '../src/elements/page-header/define.js';
import '../src/elements/sidebar/define.js';
import '../src/elements/sync-status/define.js';
import type { SyncStatusElement } from '../src/elements/sync-status/sync-status.js';
import type { SyncEngine } from '../src/sync/index.js';
import { connectOfflineSwitch } from './offline-switch.js';
import { openReview, type ReviewSync } from './review-dialog.js';
import { registerServiceWorker } from './register-service-worker.js';

registerIcons(icons);

/** The part of an engine that its status needs. */
export type StatusSync = ReviewSync & Pick<SyncEngine, 'fullSync'>;

export function connectShell(sync: StatusSync & Pick<SyncEngine, 'setOnline'>): void {
  connectStatus(document.querySelector<SyncStatusElement>('#status')!, sync);
  connectOfflineSwitch(document.querySelector<HTMLInputElement>('#offline')!, sync);
  registerServiceWorker();
}

/** Shows an engine's status, and does what can be asked for there. */
export function connectStatus(status: SyncStatusElement, sync: StatusSync): void {
  status.source = sync.status;
  status.addEventListener('bl-retry', (event) => event.waitUntil(sync.fullSync()));
  status.addEventListener('bl-review', () => openReview(sync));
}
