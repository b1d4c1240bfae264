/** The language that applies to an element: its nearest `lang`, across shadow roots. */
export function localeOf(element: Element): string {
  for (let node: Element | undefined = element; node !== undefined;) {
    const lang = node.closest<HTMLElement>('[lang]')?.lang;
    if (lang && isLocale(lang)) return lang;
    const root: Node = node.getRootNode();
    node = root instanceof ShadowRoot ? root.host : undefined;
  }
  // WebKitGTK says `C` where the system has no language.
  return isLocale(navigator.language) ? navigator.language : 'en';
}

/** `Intl` throws on a malformed tag, and a page's typo must not break an element. */
function isLocale(lang: string): boolean {
  try {
    return Intl.getCanonicalLocales(lang).length > 0;
  } catch {
    return false;
  }
}
