/**
 * Whether a key press is the shortcut `mod+b`, `ctrl+shift+k` and the like. Never while the user
 * types into a field: it may mean something there.
 */
export function isShortcut(event: KeyboardEvent, shortcut: string): boolean {
  if (shortcut === '' || event.defaultPrevented || isField(event.composedPath()[0])) return false;
  const keys = shortcut.toLowerCase().split('+');
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const wants = (key: string) => keys.includes(key);
  return (
    event.key.toLowerCase() === keys.at(-1) &&
    event.ctrlKey === (wants('ctrl') || (wants('mod') && !mac)) &&
    event.metaKey === (wants('meta') || (wants('mod') && mac)) &&
    event.altKey === wants('alt') &&
    event.shiftKey === wants('shift')
  );
}

function isField(target: EventTarget | undefined): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select'))
  );
}
