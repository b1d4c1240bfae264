/** What a page's address says beside where it is. */

/**
 * The variant that `?<key>=<index>` asks for, for a look at each variant before it counts; null
 * where the URL asks for none of the `count` there are. Indices are whole numbers of up to three
 * digits, 0 the control; GrowthBook's SDK also takes the digits of `1x`. `url` may be relative, and
 * the query behind its hash, as routers have it (`/#/page?<key>=<index>`).
 */
export function queryOverride(key: string, url: string, count: number): number | null {
  // Nearly every address asks for nothing, and to parse it takes longer than to decide.
  const value = (url.includes(key) && queryOf(url).get(key)) || '';
  return /^\d{1,3}$/.test(value) && Number(value) < count ? Number(value) : null;
}

/** The first query of an address, which may be relative. */
export function queryOf(url: string): URLSearchParams {
  return new URLSearchParams(addressOf(url.split('?')[1] ?? ''));
}

/** A page's address, whatever part of it is scrolled to. */
export function addressOf(url: string): string {
  return url.split('#', 1)[0]!;
}
