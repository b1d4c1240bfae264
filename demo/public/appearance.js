// Before the first paint, so that a chosen colour scheme or direction never flashes.
try {
  document.documentElement.style.colorScheme = localStorage.getItem('bytelyst-scheme') || '';
  document.documentElement.dir = localStorage.getItem('bytelyst-dir') || '';
} catch {
  // No storage here: the system's scheme, left to right.
}
