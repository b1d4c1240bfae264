/**
 * Takes personal data out of what pages send along: it holds addresses of pages, and those hold what
 * visitors typed. Values are bounded by the schema, and every pattern here is linear.
 */
import type { JsonObject, WireEvent } from '../../protocol/index.js';

const QUERY = /[?#].*$/s;
const EMAIL = /[^\s@/:,;<>()]+(?:@|%40)[^\s@/:,;<>()]+/gi;
const CARD_OR_PHONE = /\+?\d(?:[ ().-]?\d){8,18}/g;
const TOKEN = /\b(?:eyJ[\w-]+\.[\w-]+\.[\w-]*|(?:sk|pk|bl_write|ghp)_[\w-]{8,})/g;

/** The event with what pages tell scrubbed; units are the app's own ids and stay as they are. */
export function scrub<E extends WireEvent>(event: E): E {
  if (event.type === 'conversion')
    return event.props ? { ...event, props: scrubMembers(event.props) } : event;
  if (event.type !== 'exposure') return event;
  const { page, source, dimensions } = event;
  return {
    ...event,
    ...(page !== undefined && { page: scrubText(page) }),
    ...(source !== undefined && { source: scrubText(source) }),
    ...(dimensions && { dimensions: scrubMembers(dimensions) }),
  };
}

function scrubMembers(members: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      typeof value === 'string' ? scrubText(value) : value,
    ]),
  );
}

/** `/search?q=ann@example.com` → `/search`; addresses, cards, phone numbers and keys → `[…]`. */
export function scrubText(text: string): string {
  const isAddress = /^(?:https?:\/)?\//i.test(text);
  return (isAddress ? text.replace(QUERY, '') : text)
    .replace(TOKEN, '[token]')
    .replace(EMAIL, '[email]')
    .replace(CARD_OR_PHONE, '[number]');
}
