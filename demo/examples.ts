import type { ErrorPage } from '../src/elements/error-page/error-page.js';
import type { LoadingSkeleton } from '../src/elements/loading-skeleton/loading-skeleton.js';
import type { LoadingSpinner } from '../src/elements/loading-spinner/loading-spinner.js';
import type { SyncStatusElement } from '../src/elements/sync-status/sync-status.js';

/** What can be played with on the demo page. */
export function wireExamples(): void {
  const busy = document.querySelector<LoadingSpinner>('#busy')!;
  const load = (milliseconds: number) => {
    busy.active = true;
    setTimeout(() => (busy.active = false), milliseconds);
  };
  onClick('#refresh', () => load(2_000));
  onClick('#refresh-fast', () => load(100));

  const swap = document.querySelector<LoadingSkeleton>('#swap')!;
  onClick('#swap-toggle', (button) => {
    swap.loading = !swap.loading;
    button.setAttribute('aria-pressed', String(swap.loading));
  });

  const error = document.querySelector<ErrorPage>('#error')!;
  const status = document.querySelector<HTMLSelectElement>('#error-status')!;
  status.addEventListener('change', () => (error.status = status.value));
  // This example has nothing to load: an attempt takes a second and fails again.
  error.addEventListener('bl-retry', (event) =>
    event.waitUntil(new Promise((done) => setTimeout(done, 1_000))),
  );
  error.addEventListener('bl-navigate', (event) => event.preventDefault());

  const lately = new Date(Date.now() - 3 * 60_000).toISOString();
  document.querySelector<SyncStatusElement>('#synced-example')!.lastSynced = lately;
}

function onClick(selector: string, action: (button: HTMLElement) => void): void {
  const button = document.querySelector<HTMLElement>(selector)!;
  button.addEventListener('click', () => action(button));
}
