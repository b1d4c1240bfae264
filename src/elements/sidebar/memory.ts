/** What `localStorage` holds under `key`; undefined without a key, a value or access to it. */
export function recallCollapsed(key: string): boolean | undefined {
  if (key === '') return undefined;
  try {
    const value = localStorage.getItem(key);
    return value === null ? undefined : value === 'collapsed';
  } catch {
    // The browser forbids storage here; the sidebar works without a memory.
    return undefined;
  }
}

export function rememberCollapsed(key: string, collapsed: boolean): void {
  if (key === '') return;
  try {
    localStorage.setItem(key, collapsed ? 'collapsed' : 'expanded');
  } catch {
    // As above.
  }
}
