/** Whether somebody can see elements that have no box of their own: what is around them says so. */

/**
 * Whether an element is rendered: not in a page that is prepared beforehand, nor in a closed dialog,
 * a hidden part or a variant that does not show. How far somebody has scrolled does not matter.
 */
export function isSeen(element: Element): boolean {
  if ((document as { prerendering?: boolean }).prerendering) return false;
  const box = boxAround(element);
  // Safari before 17.4 has no `checkVisibility`.
  return box.checkVisibility?.() ?? box.getClientRects().length > 0;
}

/** The nearest box, also out of shadow roots; where none is rendered, what keeps it from being so. */
export function boxAround(element: Element): Element {
  const root = element.getRootNode();
  const parent = element.assignedSlot ?? element.parentElement ?? (root as ShadowRoot).host;
  if (!parent) return element;
  return getComputedStyle(parent).display === 'contents' ? boxAround(parent) : parent;
}
