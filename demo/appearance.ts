/** Colour scheme and direction of the demo, remembered; appearance.js applies them at load. */
export function chooseAppearance(): void {
  const root = document.documentElement;

  for (const input of document.querySelectorAll<HTMLInputElement>('#scheme input')) {
    input.checked = input.value === (localStorage.getItem('bytelyst-scheme') ?? '');
    input.addEventListener('change', () => {
      localStorage.setItem('bytelyst-scheme', input.value);
      root.style.colorScheme = input.value;
    });
  }

  const rtl = document.querySelector<HTMLInputElement>('#rtl')!;
  rtl.checked = root.dir === 'rtl';
  rtl.addEventListener('change', () => {
    root.dir = rtl.checked ? 'rtl' : '';
    localStorage.setItem('bytelyst-dir', root.dir);
  });
}
