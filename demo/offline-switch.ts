const KEY = 'bytelyst-offline';

/**
 * The switch that takes the sync engine off the network, in all tabs of the demo at once and
 * across reloads: one tab sends for all of them.
 */
export function connectOfflineSwitch(
  input: HTMLInputElement,
  sync: { setOnline(online: boolean | null): void },
): void {
  const apply = () => {
    input.checked = localStorage.getItem(KEY) === 'yes';
    sync.setOnline(input.checked ? false : null);
  };
  input.addEventListener('change', () => {
    localStorage.setItem(KEY, input.checked ? 'yes' : 'no');
    apply();
  });
  window.addEventListener('storage', ({ key }) => key === KEY && apply());
  apply();
}
