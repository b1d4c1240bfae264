/** The dashboard's places and their addresses: the part of the URL after `#`. */
export type Route =
  | { view: 'list' }
  | { view: 'detail'; key: string }
  | { view: 'edit'; key: string }
  | { view: 'new'; template: string | null };

/** Reads a location's hash; null where it is not ours but, say, the target of a skip link. */
export function parseRoute(hash: string): Route | null {
  if (hash !== '' && hash !== '#' && !hash.startsWith('#/')) return null;
  const [path = '', query = ''] = hash.split('?');
  const [, first, second, third, ...rest] = path.split('/');
  if (rest.length > 0) return { view: 'list' };
  if (first === 'new' && second === undefined) {
    return { view: 'new', template: new URLSearchParams(query).get('template') };
  }
  if (first === 'experiments' && second) {
    const key = decode(second);
    if (third === undefined) return { view: 'detail', key };
    if (third === 'edit') return { view: 'edit', key };
  }
  return { view: 'list' };
}

/** The address of a place, for `href`. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'list':
      return '#/';
    case 'detail':
      return `#/experiments/${encodeURIComponent(route.key)}`;
    case 'edit':
      return `#/experiments/${encodeURIComponent(route.key)}/edit`;
    case 'new':
      return route.template ? `#/new?template=${encodeURIComponent(route.template)}` : '#/new';
  }
}

/** A hand-typed `%` must not break the page. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
