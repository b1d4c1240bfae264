/**
 * `bytelyst/sync/service-worker`: Background Sync. What was written offline goes to the server when
 * the network is back, also when no page of the app is open any more. The page asks for it
 * (`requestBackgroundSync`), the service worker does it (`handleBackgroundSync`). Chromium has the
 * API; elsewhere both do nothing, and what waits goes when the app is next opened.
 */
import type { SyncEngine } from './engine.js';
import { SyncError } from './errors.js';

export interface BackgroundSyncOptions {
  /** Tells several databases of one app apart. Default `bytelyst-sync`. */
  tag?: string;
}

const TAG = 'bytelyst-sync';

/** What TypeScript's own library does not know of Background Sync. */
interface SyncEvent extends Event {
  tag: string;
  waitUntil(work: Promise<void>): void;
}
interface WithSync {
  sync?: { register(tag: string): Promise<void> };
}

/**
 * In the service worker, at its top level: opens the engine when the browser says so, sends what
 * waits and closes it. With a page open beside it, that one does the sending. What could not be sent
 * makes the browser try again later, a few times. Sync events with other tags are left alone.
 */
export function handleBackgroundSync(
  open: () => Pick<SyncEngine, 'flush' | 'getStatus' | 'close'>,
  { tag = TAG }: BackgroundSyncOptions = {},
): void {
  globalThis.addEventListener?.('sync', (event) => {
    const sync = event as SyncEvent;
    if (sync.tag === tag) sync.waitUntil(send(open));
  });
}

async function send(open: Parameters<typeof handleBackgroundSync>[0]): Promise<void> {
  const engine = open();
  try {
    const { errors } = await engine.flush();
    const { pending, storage } = engine.getStatus();
    const [{ message } = { message: 'Not all could be sent.' }] = errors;
    if (pending || storage !== 'ok') throw new SyncError('offline', message);
  } finally {
    await engine.close();
  }
}

/**
 * In the page: asks the browser for a sync event whenever something waits that can't be sent now,
 * and when the page is left before all is sent. Returns the way to stop that.
 */
export function requestBackgroundSync(
  engine: Pick<SyncEngine, 'onStatusChange' | 'getStatus'>,
  registration: ServiceWorkerRegistration | Promise<ServiceWorkerRegistration>,
  { tag = TAG }: BackgroundSyncOptions = {},
): () => void {
  /** So much waited when the browser was asked last: it forgets the request after a few tries. */
  let asked = 0;
  const ask = (pending: number) => {
    asked = pending;
    void Promise.resolve(registration)
      .then((worker) => (worker as WithSync).sync?.register(tag))
      .catch(() => {}); // Not allowed, or not there: it goes when the app is next opened.
  };
  const stop = engine.onStatusChange(({ status, pending }) => {
    asked = Math.min(asked, pending);
    const stuck = status !== 'idle' && status !== 'syncing';
    if (stuck && pending > asked) ask(pending);
  });
  const hidden = () => {
    const { pending } = engine.getStatus();
    if (document.visibilityState === 'hidden' && pending) ask(pending);
  };
  globalThis.document?.addEventListener('visibilitychange', hidden);
  return () => {
    stop();
    globalThis.document?.removeEventListener('visibilitychange', hidden);
  };
}
