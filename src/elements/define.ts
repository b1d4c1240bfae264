import { warnOnce } from './warn.js';

/**
 * Registers a tag. Idempotent, and never throws: where another library or a second copy of this
 * one owns the tag, that one stays and a single warning says so.
 */
export function define(tag: string, element: CustomElementConstructor): void {
  const owner = customElements.get(tag);
  if (owner === undefined) customElements.define(tag, element);
  else if (owner !== element) {
    warnOnce(
      `<${tag}> is already defined by other code on this page; the first definition stays. ` +
        'Import one copy of bytelyst, or register the class from its /class entry under a tag of your own.',
    );
  }
}
