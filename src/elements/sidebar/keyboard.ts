import type { SidebarItem } from './sidebar-item.js';

/**
 * Arrow keys among a sidebar's items, besides Tab: up, down, Home and End move, and the keys
 * towards and against the reading direction open and close an item's children. Returns whether
 * the key was used.
 */
export function moveFocus(event: KeyboardEvent, items: readonly SidebarItem[]): boolean {
  const shown = items.filter((item) => item.getClientRects().length > 0);
  const focused = shown.findLastIndex((item) => item.matches(':focus-within'));
  const item = shown[focused];
  if (!item || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false;
  const leftwards = getComputedStyle(item).direction === 'rtl';
  switch (event.key) {
    case 'ArrowDown':
      shown[Math.min(focused + 1, shown.length - 1)]?.focus();
      return true;
    case 'ArrowUp':
      shown[Math.max(focused - 1, 0)]?.focus();
      return true;
    case 'Home':
      shown[0]?.focus();
      return true;
    case 'End':
      shown.at(-1)?.focus();
      return true;
    case 'ArrowRight':
      item.toggle(!leftwards);
      return true;
    case 'ArrowLeft':
      item.toggle(leftwards);
      return true;
    default:
      return false;
  }
}
