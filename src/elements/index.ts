/** `bytelyst/elements`: defines every tag, and is the way to their classes, events and strings. */
import { icons } from './icons/all.js';
import { registerIcons } from './icons/icon.js';
import './loading-spinner/define.js';
import './loading-skeleton/define.js';
import './empty-state/define.js';
import './error-page/define.js';
import './not-found-page/define.js';
import './page-header/define.js';
import './sidebar/define.js';
import './sync-status/define.js';
import './ab-dashboard/define.js';

registerIcons(icons);

export { LoadingSpinner, VisibleEvent } from './loading-spinner/loading-spinner.js';
export { LoadedEvent, LoadingSkeleton } from './loading-skeleton/loading-skeleton.js';
export { EmptyState } from './empty-state/empty-state.js';
export { CopyEvent, ErrorPage } from './error-page/error-page.js';
export { NotFoundPage } from './not-found-page/not-found-page.js';
export { BackEvent, PageHeader } from './page-header/page-header.js';
export { Sidebar, SidebarToggleEvent } from './sidebar/sidebar.js';
export { SidebarGroup } from './sidebar/sidebar-group.js';
export { SidebarItem } from './sidebar/sidebar-item.js';
export { ReviewEvent, SyncStatusElement, type SyncSource } from './sync-status/sync-status.js';
export { AbDashboard } from './ab-dashboard/ab-dashboard.js';
export { AcceptEvent, DecideEvent, DismissEvent, SelectEvent } from './ab-dashboard/events.js';
export { NavigateEvent, RetryEvent } from './events.js';
export { announce, type AnnounceOptions } from './announce.js';
export { define } from './define.js';
export { icons, type IconName } from './icons/all.js';
export { registerIcons, type Shape } from './icons/icon.js';
export * from './messages.js';
