/** Whether an element has content for its default slot: an element or some text, not just space. */
export function hasDefaultContent(host: Element): boolean {
  for (const node of host.childNodes) {
    if (node instanceof Element ? node.slot === '' : node instanceof Text && node.data.trim()) {
      return true;
    }
  }
  return false;
}

/** Whether the author gave content for a named slot. */
export function hasSlotted(host: Element, slot: string): boolean {
  return [...host.children].some((child) => child.slot === slot);
}
