/**
 * Vite plugin: pages in development behave as they do behind our server. An address without its
 * last slash opens the page, and opening one signs the visitor in, as `serve --demo` does.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** `api`: the origin of a running `bytelyst serve --demo`. */
export function devPages(api: string): Plugin {
  return {
    name: 'dev-pages',
    apply: 'serve',
    configureServer({ config, middlewares }) {
      middlewares.use((request, response, next) => {
        if (request.headers.accept?.includes('text/html') !== true) return next();
        const { pathname, search } = new URL(request.url ?? '/', api);
        if (!pathname.endsWith('/') && existsSync(join(config.root, pathname, 'index.html'))) {
          request.url = `${pathname}/${search}`;
        }
        void sessionCookies(api, request.headers.cookie ?? '').then((cookies) => {
          if (cookies.length > 0) response.setHeader('Set-Cookie', cookies);
          next();
        });
      });
    },
  };
}

async function sessionCookies(api: string, cookie: string): Promise<string[]> {
  try {
    const { headers } = await fetch(api, { headers: { cookie } });
    return headers.getSetCookie();
  } catch {
    // The API is still starting; the page says that it is offline.
    return [];
  }
}
