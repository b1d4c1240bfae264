/**
 * Every string that a user can read, by element, in English. Replace them for all elements with
 * `setMessages(errorPageMessages, { retry: 'Nochmals versuchen' })`, or for one with its
 * `messages` property.
 */

const listeners = new Set<() => void>();

/** Replaces strings of an element everywhere, also while it is on the page. */
export function setMessages<T extends object>(messages: T, replacements: Partial<T>): void {
  Object.assign(messages, replacements);
  for (const listener of listeners) listener();
}

/** Calls back after each `setMessages`; returns the way out. */
export function onMessagesChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const loadingSpinnerMessages = {
  label: 'Loading',
  loaded: 'Loaded',
};

export const loadingSkeletonMessages = {
  label: 'Loading',
};

export const emptyStateMessages = {
  kinds: {
    'no-data': ['Nothing here yet', 'What you add will show up here.'],
    'no-results': ['No results', 'Check the spelling, or try a broader search.'],
    filtered: ['Nothing matches these filters', 'Remove a filter to see more.'],
    done: ['All done', 'There is nothing left to do here.'],
    offline: ['Not available offline', 'This was never loaded on this device. Connect to see it.'],
    forbidden: ['No access', 'Ask someone who manages this workspace to let you in.'],
  } as Record<string, [heading: string, description: string]>,
};

export const errorPageMessages = {
  /** Heading and description by status; `error` is for all others. */
  statuses: {
    400: ['This request could not be read', 'Something in it is malformed. Go back and try again.'],
    401: ['Sign in to go on', 'You are not signed in, or your session has ended.'],
    403: ['You have no access to this page', 'Ask someone who manages it to let you in.'],
    404: ['This page does not exist', 'It may have moved, or the address has a typing error.'],
    408: ['This took too long', 'The connection is slow. Nothing you entered is lost.'],
    409: ['Someone else changed this', 'Reload to see the newest version, then try again.'],
    410: ['This page is gone', 'It was removed for good.'],
    413: ['This is too large', 'Try again with a smaller file or fewer items.'],
    422: ['This could not be accepted', 'Check what you entered and try again.'],
    429: ['Too many requests', 'Wait a moment, then try again.'],
    500: ['This page could not be loaded', 'The server failed. It is not your fault.'],
    502: ['This page could not be loaded', 'The server behind it gave no valid answer.'],
    503: ['This page could not be loaded', 'The server is busy. Nothing you entered is lost.'],
    504: ['This page could not be loaded', 'The server took too long to answer.'],
    offline: ['You are offline', 'You can go on working. Changes are safe on this device.'],
    timeout: ['This took too long', 'The server did not answer in time.'],
    maintenance: ['Back in a moment', 'We are working on it. Nothing you entered is lost.'],
    error: ['Something went wrong', 'Try again. If it happens again, copy the report for support.'],
  } as Record<string, [heading: string, description: string]>,
  retry: 'Try again',
  retryNow: 'Try now',
  retrying: 'Trying …',
  retryIn: (seconds: number) =>
    `Trying again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`,
  pause: 'Pause',
  resume: 'Resume',
  back: 'Go back',
  home: 'Go to the start page',
  details: 'Details',
  report: (id: string) => `report ${id}`,
  copy: 'Copy report',
  copied: 'Report copied',
  nearest: 'Were you looking for one of these?',
};

export const pageHeaderMessages = {
  breadcrumbs: 'Breadcrumbs',
  back: 'Back',
};

export const sidebarMessages = {
  label: 'Main',
  skip: 'Skip to content',
  open: 'Open menu',
  close: 'Close menu',
  collapse: 'Collapse sidebar',
  expand: 'Expand sidebar',
  /** Names the button that shows an item's children. */
  more: (name: string) => `More in ${name}`,
};

const changes = (count: number) => `${count} ${count === 1 ? 'change' : 'changes'}`;

export const syncStatusMessages = {
  idle: 'Not synced yet',
  synced: 'All changes saved',
  saving: (pending: number) => `${pending} pending`,
  syncing: 'Syncing …',
  offline: (pending: number) =>
    pending > 0 ? `Offline · ${changes(pending)} safe on this device` : 'Offline',
  paused: (pending: number) => (pending > 0 ? `Paused · ${pending} pending` : 'Paused'),
  error: (pending: number) =>
    pending > 0 ? `Could not sync · ${pending} pending` : 'Could not sync',
  failed: (failed: number) => `${changes(failed)} refused`,
  degraded: 'This device cannot save',
  conflict: (conflicts: number) => `${conflicts} ${conflicts === 1 ? 'conflict' : 'conflicts'}`,
  justNow: 'Synced just now',
  syncedAgo: (ago: string) => `Synced ${ago}`,
  retry: 'Retry',
  review: 'Review',
};
