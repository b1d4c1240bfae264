/**
 * Which suggestions were put away, for as long as the browser's tab lives. Where a page may not
 * store anything they are forgotten with the page.
 */
const KEY = 'bytelyst-ab:dismissed';

/** `scope` names the experiment and its phase; a new phase is a new question. */
export function dismissedIn(scope: string): ReadonlySet<string> {
  return new Set(read()[scope] ?? []);
}

export function setDismissed(scope: string, ids: ReadonlySet<string>): void {
  const { [scope]: _, ...others } = read();
  const all = ids.size > 0 ? { ...others, [scope]: [...ids] } : others;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // Private modes and full disks: the element itself remembers until it goes.
  }
}

/** What is stored may be anybody's. */
function read(): Record<string, string[]> {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(
      Object.entries(stored).filter(
        ([, ids]) => Array.isArray(ids) && ids.every((id) => typeof id === 'string'),
      ),
    );
  } catch {
    return {};
  }
}
