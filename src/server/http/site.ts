/** The demo and the admin page: files that the build made, with the headers that fit them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A page of the admin app; deep links below it are its own to read. */
const ADMIN = 'ops/ab-testing';

export interface SiteOptions {
  /** The folder the build wrote. */
  folder: string;
  /** Runs before a page is sent, to set a cookie for example. */
  beforePage(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

export async function addSite(app: FastifyInstance, options: SiteOptions): Promise<void> {
  const { folder, beforePage } = options;
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    cacheControl: false,
    dotfiles: 'ignore',
  });

  const sendPage = async (request: FastifyRequest, reply: FastifyReply, file: string) => {
    await beforePage(request, reply);
    return reply.header('cache-control', 'no-cache').sendFile(file);
  };

  const access = { config: { access: 'public' } } as const;
  app.get('/', access, (request, reply) => sendPage(request, reply, 'index.html'));
  for (const path of [`/${ADMIN}`, `/${ADMIN}/*`]) {
    app.get(path, access, (request, reply) => sendPage(request, reply, `${ADMIN}/index.html`));
  }
  app.get('/*', access, async (request, reply) => {
    const file = (request.params as { '*': string })['*'];
    if (file.endsWith('.html')) return sendPage(request, reply, file);
    return reply.header('cache-control', cacheControl(file)).sendFile(file);
  });
}

/** The site's own page for what is not there, with its status; false when there is none. */
export async function sendNotFoundPage(
  folder: string | undefined,
  reply: FastifyReply,
): Promise<boolean> {
  if (!folder || !existsSync(join(folder, '404.html'))) return false;
  await reply.code(404).header('cache-control', 'no-cache').sendFile('404.html');
  return true;
}

/** Names in `assets/` hold their content's hash; all else may change with the next release. */
function cacheControl(file: string): string {
  return file.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}
