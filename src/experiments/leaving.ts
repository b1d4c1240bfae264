/**
 * Leaving a page by a link: what is being recorded reaches the disk first. That takes some
 * milliseconds, and only where something is being recorded at the moment of the click.
 */

import { addressOf } from './address.js';

/** ms that nobody is held for longer, whatever the disk does. */
export const PATIENCE = 1_000;

/** `unsettled`: resolves when all is on disk; null where it is. `go`: follows the link. */
export function holdLinks(unsettled: () => Promise<void> | null, go: (url: string) => void): void {
  // On the window, behind the app's own listeners: they record the click, or prevent it.
  globalThis.window?.addEventListener('click', (event) => {
    const url = leavesBy(event);
    const settled = url === null ? null : unsettled();
    if (url === null || settled === null) return;
    event.preventDefault();
    void atMost(PATIENCE, settled).then(() => go(url));
  });
}

/** Resolves with the work, or after so many ms. */
export function atMost(ms: number, work: Promise<void>): Promise<void> {
  return Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, ms))]);
}

/** What following it by script would not keep. */
const SPECIAL =
  '[download],[ping],[referrerpolicy],[rel~=noreferrer],[target]:not([target=_self],[target=""])';

/** Where a plain click on a plain link leads; null for anything else, which goes its own way. */
function leavesBy(event: MouseEvent): string | null {
  const { button, defaultPrevented, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (button || defaultPrevented || altKey || ctrlKey || metaKey || shiftKey) return null;
  const link = event
    .composedPath()
    .find((target): target is HTMLAnchorElement => target instanceof HTMLAnchorElement);
  if (!link?.href || !/^https?:$/.test(link.protocol) || link.matches(SPECIAL)) return null;
  // Within the page nothing is left.
  const isHere = link.hash && addressOf(link.href) === addressOf(location.href);
  return isHere ? null : link.href;
}
