import { aTimeout } from '@open-wc/testing';

/** What the document's announcer says from now on, in order. */
export async function announcements(): Promise<{ all(): Promise<string[]>; stop(): void }> {
  // What an earlier test has left to say is gathered with what comes next.
  await aTimeout(250);
  const said: string[] = [];
  const notifier = document as Document & { ariaNotify?: (text: string) => void };
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      if (target instanceof HTMLElement && target.dataset['blAnnouncer']) {
        said.push(target.textContent ?? '');
      }
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
  if ('ariaNotify' in document) {
    Object.defineProperty(document, 'ariaNotify', {
      configurable: true,
      value: (text: string) => said.push(text),
    });
  }
  return {
    /** Waits until what is due has been said. */
    async all() {
      await aTimeout(250);
      return said;
    },
    stop() {
      observer.disconnect();
      // The prototype's own comes back.
      if (Object.hasOwn(document, 'ariaNotify')) delete notifier.ariaNotify;
    },
  };
}
