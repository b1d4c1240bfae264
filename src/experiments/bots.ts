/**
 * Whether a browser says that it is a crawler, or fetches a page for one, by the words that their
 * operators publish. Headless browsers are left to the server, which keeps
 * them out of the results: here they also run tests.
 */
export function isBot(userAgent = globalThis.navigator?.userAgent): boolean {
  // CUBOT makes phones.
  return /(?<!cu)bot|crawl|spider|slurp|lighthouse|prerender|externalhit|gpt-user|^whatsapp|mediapartners|inspectiontool|bingpreview|yandeximages/i.test(
    userAgent,
  );
}
