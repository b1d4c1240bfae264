/** The admin page: the dashboard in the app's frame, both on the dashboard's own engine. */
import '../../../src/elements/ab-dashboard/define.js';
import type { AbDashboard } from '../../../src/elements/ab-dashboard/ab-dashboard.js';
import type { SidebarItem } from '../../../src/elements/sidebar/sidebar-item.js';
import type { SyncEngine } from '../../../src/sync/index.js';
import { connectShell } from '../../shell.js';

const dashboard = document.querySelector<AbDashboard>('#dashboard')!;
// With `src`, the dashboard has made an engine of its own as soon as it is defined.
const sync = dashboard.sync as SyncEngine;

connectShell(sync);

// An experiment and the form have headings of their own; the page's stays for screen readers.
const header = document.querySelector<HTMLElement>('#header')!;
const showHeader = () =>
  header.classList.toggle('visually-hidden', !/^(#?|#\/|#main)$/.test(location.hash));
addEventListener('hashchange', showHeader);
showHeader();

const item = document.querySelector<SidebarItem>('#here')!;
sync
  .collection('experiments')
  .query()
  .subscribe(({ length }) => (item.badge = length > 0 ? String(length) : ''));
