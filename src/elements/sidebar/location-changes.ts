/**
 * Calls back when the page's address may have changed; returns the way out. Single-page
 * navigation is seen through the Navigation API where the browser has it; elsewhere routers that
 * use `history.pushState` have to tell (`updateCurrent()`).
 */
export function onLocationChange(callback: () => void): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  window.addEventListener('popstate', callback, options);
  window.addEventListener('hashchange', callback, options);
  const { navigation } = window as { navigation?: EventTarget };
  navigation?.addEventListener('currententrychange', callback, options);
  return () => stop.abort();
}
