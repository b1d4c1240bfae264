/** Notes what a decision has to do with the page, and so where it holds. */
import type { UrlTarget } from './model.js';
import type { Pages } from './pages.js';
import type { HandedOver } from './snapshot.js';

/** Anywhere, unless it is limited to a page or to targets. */
export type Where = Pick<HandedOver, 'page' | 'urls'>;

/**
 * Judges as `pages` does, and says in `where` for which addresses the decision is made.
 *
 * @param page its address, by `addressOf`: an import here would be a file more for everybody
 * @param own targets of the experiment, where it is decided for the pages that they match: those of
 *   a holdout or prerequisite may be others. Of type `simple` alone, which the inline script knows.
 */
export function watchPages(
  pages: Pages,
  page: string,
  own?: readonly UrlTarget[],
): { pages: Pages; where: Where } {
  const where: Where = {};
  const isTargeted: Pages['isTargeted'] = (asked, targets) => {
    if (targets === own && targets.every(({ type }) => type === 'simple')) {
      where.urls = targets;
      return true;
    }
    where.page = page;
    return pages.isTargeted(asked, targets);
  };
  return { pages: { ...pages, isTargeted }, where };
}
