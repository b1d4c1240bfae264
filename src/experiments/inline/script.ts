/**
 * The script in a page's head: while the page is parsed, and so before any of it is painted, it makes
 * the variants show that were handed over (see `snapshot.ts`), by the page or else by the last one.
 * It decides and records nothing, defines nothing, and is over when the page is parsed.
 *
 * `npm run inline` makes `source.ts` of it.
 */
import { attempt } from '../attempt.js';
import { parseSnapshot, SNAPSHOT, snapshotOfPage, type HandedOver } from '../snapshot.js';
import { addressOf, queryOverride } from '../address.js';
import { fitsSimple, isAmong } from '../targets.js';
import { flagName, isParsed, layOut, OFF, showVariant } from './show-variant.js';

let decisions: readonly HandedOver[] | undefined;
const settled = new Set<Element>();

const found = ['bl-experiment', 'bl-flag'].map((tag) => document.getElementsByTagName(tag));
const observer = new MutationObserver(showAll);
observer.observe(document, { childList: true, subtree: true });
document.addEventListener('DOMContentLoaded', () => {
  showAll();
  observer.disconnect();
});
layOut(document);
showAll();

function showAll(): void {
  for (const elements of found) {
    for (const element of elements) {
      if (settled.has(element)) continue;
      const isComplete = isParsed(element);
      // What a server says it has rendered is what shows.
      const name = element.getAttribute('variant') ?? nameFor(element);
      showVariant(element, name, { isComplete, control: isFlag(element) ? OFF : undefined });
      if (isComplete) settled.add(element);
    }
  }
}

function isFlag({ localName }: Element): boolean {
  return localName === 'bl-flag';
}

function nameFor(element: Element): string | null {
  decisions ??=
    (snapshotOfPage() ?? parseSnapshot(attempt(() => localStorage.getItem(SNAPSHOT))))?.decisions ??
    [];
  const key = element.getAttribute('key');
  const decision = decisions.find(
    ({ experiment, page, urls }) =>
      experiment === key &&
      (page === undefined || page === addressOf(location.href)) &&
      (!urls || isAmong(urls, ({ pattern }) => fitsSimple(new URL(location.href), pattern))),
  );
  if (!decision) return null;
  const { variants, variant, payload } = decision;
  const asked = queryOverride(key!, location.href, variants.length);
  const index = asked ?? variants.indexOf(variant);
  return isFlag(element)
    ? flagName(asked === null ? payload : undefined, index)
    : (variants[index] ?? variant);
}
