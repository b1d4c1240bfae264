/** What both pages share: the sidebar with its sync status and offline switch. */
import { icons } from '../src/elements/icons/all.js';
import { registerIcons } from '../src/elements/icons/icon.js';
import '../src/elements/page-header/define.js';
import '../src/elements/sidebar/define.js';
import '../src/elements/sync-status/define.js';
import type { SyncStatusElement } from '../src/elements/sync-status/sync-status.js';
import type { SyncEngine } from '../src/sync/index.js';
import { connectOfflineSwitch } from './offline-switch.js';
import { registerServiceWorker } from './register-service-worker.js';

registerIcons(icons);

/** The part of the engine that the frame needs. */
export type ShellSync = Pick<SyncEngine, 'status' | 'setOnline' | 'fullSync'>;

export function connectShell(sync: ShellSync): void {
  const status = document.querySelector<SyncStatusElement>('#status')!;
  status.source = sync.status;
  status.addEventListener('bl-retry', (event) => event.waitUntil(sync.fullSync()));
  connectOfflineSwitch(document.querySelector<HTMLInputElement>('#offline')!, sync);
  registerServiceWorker();
}
