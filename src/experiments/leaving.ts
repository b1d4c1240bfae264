/**
 * Leaving a page by a link or a form: what is being recorded reaches the disk first. That takes some
 * milliseconds, and only where something is being recorded at the moment of the click.
 */

import { addressOf } from './address.js';
import { attempt } from './attempt.js';

/** ms that nobody is held for longer, whatever the disk does. */
export const PATIENCE = 1_000;

/** `unsettled`: resolves when all is on disk; null where it is. `go`: follows a link. */
export function holdLeaving(
  unsettled: () => Promise<void> | null,
  go: (url: string) => void,
): void {
  let isResumed = false;

  function hold(event: Event): void {
    const leave = event.defaultPrevented ? null : leavesBy(event);
    const settled = leave && unsettled();
    if (!leave || !settled) return;
    event.preventDefault();
    void atMost(PATIENCE, settled).then(leave);
  }

  for (const type of ['click', 'submit'])
    globalThis.window?.addEventListener(
      type,
      (event) => {
        // The page has heard of it before.
        if (isResumed) return event.stopImmediatePropagation();
        // Behind all listeners of the app, a router's on the window included: they record, or prevent.
        removeEventListener(type, hold);
        addEventListener(type, hold);
      },
      true,
    );

  function leavesBy(event: Event): (() => void) | null {
    if (event instanceof MouseEvent) {
      const url = linkOf(event);
      return url === null ? null : () => go(url);
    }
    const { target: form, submitter } = event as SubmitEvent;
    if (!(form instanceof HTMLFormElement) || !isLeftBy(form, submitter)) return null;
    return () => {
      const isStillOne = (submitter as HTMLButtonElement | null)?.form === form;
      isResumed = true;
      // The browser sends it as it would have.
      attempt(() => form.requestSubmit(isStillOne ? submitter : null));
      isResumed = false;
    };
  }
}

/** Resolves with the work, or after so many ms. */
export function atMost(ms: number, work: Promise<void>): Promise<void> {
  return Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, ms))]);
}

/** What following a link by script would not keep. */
const SPECIAL = '[download],[ping],[referrerpolicy],[rel~=noreferrer]';

/** Where a plain click on a plain link leads; null for anything else, which goes its own way. */
function linkOf(event: MouseEvent): string | null {
  const { button, altKey, ctrlKey, metaKey, shiftKey } = event;
  if (button || altKey || ctrlKey || metaKey || shiftKey) return null;
  const link = event
    .composedPath()
    .find((target): target is HTMLAnchorElement => target instanceof HTMLAnchorElement);
  if (!link?.href || !/^https?:$/.test(link.protocol) || link.matches(SPECIAL)) return null;
  if (!isForThisTab(link.getAttribute('target'))) return null;
  // Within the page nothing is left.
  const isHere = link.hash && addressOf(link.href) === addressOf(location.href);
  return isHere ? null : link.href;
}

/** Whether the answer to a form is the next page of this tab. */
function isLeftBy(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  const said = (name: string): string | null =>
    submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name);
  return said('method')?.toLowerCase() !== 'dialog' && isForThisTab(said('target'));
}

function isForThisTab(target: string | null): boolean {
  const named = target ?? document.querySelector('base[target]')?.getAttribute('target') ?? '';
  return /^(_self)?$/i.test(named);
}
