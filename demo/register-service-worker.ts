interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** Makes the built pages open without a network. Vite's development server has no worker. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('bytelyst-demo', { createScriptURL: (url) => url });
  const url = '/service-worker.js';
  navigator.serviceWorker.register(policy?.createScriptURL(url) ?? url).catch((error: unknown) => {
    console.warn('This page will not open offline: its service worker was refused.', error);
  });
}
