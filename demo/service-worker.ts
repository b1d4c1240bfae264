/**
 * Opens the demo's pages without a network. All built files are stored when the worker is
 * installed; pages come from the network while it answers, and files, which carry a hash in their
 * name, from the store. The API is never touched.
 */
export {};

declare const __PRECACHE__: { version: string; files: string[] };

/** The worker's global scope; its own library would clash with the pages'. */
interface WorkerScope {
  location: Location;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(work: Promise<void>): void }) => void,
  ): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
}
const worker = self as unknown as WorkerScope;

const PREFIX = 'bytelyst-demo-';
const cacheName = PREFIX + __PRECACHE__.version;
/** A page that takes longer than this comes from the store, if it is there. */
const PATIENCE_MS = 4_000;

worker.addEventListener('install', (event) => {
  event.waitUntil(install());
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (pathname.startsWith('/v1')) return;
  if (request.mode === 'navigate') {
    const page = pageOf(pathname);
    if (page) event.respondWith(openPage(request, page));
  } else if (__PRECACHE__.files.includes(pathname)) {
    event.respondWith(storedOrFetched(request));
  }
});

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  await Promise.all(
    __PRECACHE__.files.map(async (file) => {
      const response = await fetch(file, { cache: 'reload' });
      if (!response.ok && file !== '/404.html') throw new Error(`${file}: ${response.status}`);
      // A stored answer that was redirected may not be given to a navigation; this copy may.
      await cache.put(file, new Response(await response.blob(), { headers: response.headers }));
    }),
  );
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== cacheName) await caches.delete(name);
  }
  await worker.clients.claim();
}

/** The stored page for an address; pages below a page are that page. */
function pageOf(pathname: string): string | undefined {
  const pages = __PRECACHE__.files.filter((file) => file.endsWith('/') && file !== '/');
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`;
  return path === '/' ? '/' : pages.find((page) => path.startsWith(page));
}

async function openPage(request: Request, page: string): Promise<Response> {
  const stored = await caches.match(page, { cacheName });
  if (!stored) return fetch(request);
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return stored;
  }
}

async function storedOrFetched(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName, ignoreSearch: true })) ?? fetch(request);
}
