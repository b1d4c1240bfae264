/** The demo and the admin page: files that the build made, with the headers that fit them. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A page of the admin app; deep links below it are its own to read. */
const ADMIN = 'ops/ab-testing';
const NOT_FOUND = '404.html';

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

  // Nothing is returned: Fastify would wait for the reply once more at every layer.
  const page = (file: string) => ({
    config: { access: 'public' } as const,
    preHandler: beforePage,
    handler: (_request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-cache').sendFile(file);
    },
  });
  app.get('/', page('index.html'));
  app.get(`/${ADMIN}`, page(`${ADMIN}/index.html`));
  app.get(`/${ADMIN}/*`, page(`${ADMIN}/index.html`));
  app.get('/*', { config: { access: 'public' } }, async (request, reply) => {
    const file = (request.params as { '*': string })['*'];
    if (!(await isInside(folder, file))) return reply.callNotFound();
    return reply.header('cache-control', cacheControl(file)).sendFile(file);
  });
}

/** Whether a file is there and, links followed, in the folder. */
async function isInside(folder: string, file: string): Promise<boolean> {
  const [root, path] = await Promise.all(
    [folder, join(folder, file)].map((name) => realpath(name).catch(() => null)),
  );
  return Boolean(root && path?.startsWith(root + sep));
}

/** Whether the site has a page of its own for what is not there. */
export function hasNotFoundPage(folder: string | undefined): boolean {
  return folder !== undefined && existsSync(join(folder, NOT_FOUND));
}

export function sendNotFoundPage(reply: FastifyReply): void {
  reply.code(404).header('cache-control', 'no-cache').sendFile(NOT_FOUND);
}

/** Names in `assets/` hold their content's hash; all else may change with the next release. */
function cacheControl(file: string): string {
  return file.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}
