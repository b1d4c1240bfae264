/** The server: a database, the handlers on it, and HTTP around them. */
import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { limits, problem } from '../protocol/index.js';
import type { Identity } from './access/identity.js';
import { renewedCookie, sessionToken, startSession } from './access/session.js';
import { checkConfig, type ServerConfig } from './config/check.js';
import { keepWriteKeys } from './access/tokens.js';
import { memberIndexesOf } from './collections/index.js';
import { type Context, createContext } from './context.js';
import type { Database } from './database/database.js';
import { keepMemberIndexes } from './database/member-indexes.js';
import { refuseUnprovable } from './experiments/proof.js';
import { acceptJsonOnly, checkBodyHeaders } from './http/body.js';
import { addAccessRoutes } from './http/access-routes.js';
import { addApi, EVENT_PATHS } from './http/api.js';
import { addExperiments } from './http/experiments.js';
import { checkAddress, checkHost } from './http/address.js';
import { addCors } from './http/cors.js';
import { type Access, authorize, identify } from './http/guard.js';
import { createRateLimit } from './http/rate-limits.js';
import { securityHeaders, strictTransportSecurity } from './http/headers.js';
import { handleError, handleFrameworkError, sendProblem } from './http/problems.js';
import {
  answerOnSocket,
  checkingInterval,
  defaultTimeouts,
  handleClientError,
  type Timeouts,
} from './http/socket.js';
import {
  type AdmissionOptions,
  createAdmission,
  type RequestKind,
} from './operations/admission.js';
import { addOpenApi, type Route } from './openapi/document.js';
import { addHealth } from './operations/health.js';
import { logAnswer, serializers } from './operations/log.js';
import { createMetrics } from './operations/metrics.js';
import { ProblemError } from './problem-error.js';
import { addSite, hasNotFoundPage, sendNotFoundPage } from './http/site.js';
import type { Retention } from './sync/pruning.js';
import { createLiveStreams } from './sync/live.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Public when absent. */
    access?: Access;
  }
  interface FastifyRequest {
    who: Identity | null;
    /** Gives its place among the running requests to the next. */
    leave: (() => void) | null;
  }
}

export interface ServerOptions {
  /** What the app's config file says. Default: what holds without one. */
  config?: ServerConfig | undefined;
  /** Open, its schema up to date; closing it is left to the caller. */
  database: Database;
  /** Signs bearer tokens, 32 characters or more. Default: the database's own secret. */
  secret?: string | undefined;
  /** Host names to answer to; others are refused. Absent: any. */
  hostNames?: readonly string[] | undefined;
  /** Browsers reach us over TLS: `Secure` cookies bound to the host, and HSTS. Default: no. */
  secure?: boolean | undefined;
  /** Folder of the built site; without it there is only the API. */
  site?: string | undefined;
  /** Signs every visitor of a page in as admin of this workspace. Loopback only. */
  demoWorkspace?: string | undefined;
  /** Level of the log on standard output. Default: `silent`. */
  logLevel?: string | undefined;
  /** ms since 1970, for tests. */
  now?: (() => number) | undefined;
  /** How long a request may take to arrive. Default: `defaultTimeouts`. */
  timeouts?: Timeouts | undefined;
  /** How long tombstones and outcomes are kept. */
  retention?: Retention | undefined;
  /** ms between two heartbeats of a live stream, for tests. */
  heartbeat?: number | undefined;
  /** Live streams of this node. Default: 10,000, or less where the limit of open files is low. */
  maxStreams?: number | undefined;
  /** How many requests are worked on and may wait. */
  admission?: AdmissionOptions | undefined;
  /** Who may read `/metrics`: whoever shows this bearer token, anybody (`open`), absent: nobody. */
  metricsToken?: string | undefined;
}

export interface Server {
  app: FastifyInstance;
  context: Context;
  /** As declared, for whoever describes or checks them. */
  routes: readonly Route[];
  /** Says `draining` where balancers ask, and ends live streams; requests are still answered. */
  drain(): void;
  /** Drains, lets requests finish, then stops; the database stays open. */
  close(): Promise<void>;
}

export async function createServer(options: ServerOptions): Promise<Server> {
  const {
    database,
    config = checkConfig({}),
    secure = false,
    site,
    demoWorkspace,
    timeouts = defaultTimeouts,
  } = options;
  const { trustedProxies, origins, rateLimits } = config;
  const app = Fastify({
    logger: { level: options.logLevel ?? 'silent', serializers },
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies.length ? [...trustedProxies] : false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: timeouts.request,
    connectionTimeout: 0,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    genReqId: () => randomUUID(),
    clientErrorHandler: handleClientError,
    http: {
      maxHeaderSize: 16_384,
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: checkingInterval(timeouts),
      // Checked by ourselves, so that its answer is a problem too.
      requireHostHeader: false,
    },
    frameworkErrors: handleFrameworkError,
    // A unit of 128 characters, each of four bytes and three characters a byte.
    routerOptions: { maxParamLength: 1_536 },
  });
  await keepWriteKeys(database, config.workspaces);
  await refuseUnprovable(database, config.workspaces);
  await keepMemberIndexes(database, memberIndexesOf(config.collections));
  const context = await createContext({
    database,
    config,
    secret: options.secret,
    now: options.now,
    retention: options.retention,
    onError: (err) => app.log.error({ err }, 'work in the background failed'),
  });
  const { heartbeat, maxStreams: max } = options;
  const streams = createLiveStreams(context.hints, { heartbeat, max });
  const admission = createAdmission(options.admission);
  const metrics = createMetrics(database, admission, streams);
  const hostNames = options.hostNames && new Set(options.hostNames);
  let draining = false;
  const drain = () => {
    draining = true;
    streams.close();
  };

  answerOnSocket(app);
  app.setErrorHandler(handleError);
  acceptJsonOnly(app);
  const routes = addOpenApi(app);
  const rateLimit = await createRateLimit(app, rateLimits);
  await addCors(app, origins);
  app.decorateRequest('who', null);
  app.decorateRequest('leave', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (secure) reply.header('strict-transport-security', strictTransportSecurity);
    checkAddress(request);
    if (hostNames) checkHost(request, hostNames);
    const kind = kindOf(request);
    if (kind) admission.check(kind);
    const { access = 'public' } = request.routeOptions.config;
    if (access !== 'public') request.who = await authorize(context, request, access, secure);
    if (kind === 'push' || kind === 'events') await rateLimit(kind, request);
    if (request.routeOptions.url === '/v1/assignments') await rateLimit('assignments', request);
    checkBodyHeaders(request);
  });
  // After the body has arrived: a slow sender takes nobody's place.
  app.addHook('preHandler', async (request, reply) => {
    const kind = kindOf(request);
    if (kind) request.leave = await admission.enter(kind);
    // Whoever has gone while waiting asks again.
    if (reply.raw.destroyed) throw new ProblemError('unavailable', 'Nobody waits for the answer.');
  });
  // Before the answer is read: a slow reader takes nobody's place either.
  app.addHook('onSend', async (request, reply) => {
    request.leave?.();
    // Whoever asks next asks another node; kept open, the connection would hold up the end.
    if (draining) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    request.leave?.();
    const { url: route } = request.routeOptions;
    const { method } = request;
    metrics.answered({ method, route, status: reply.statusCode, ms: reply.elapsedTime });
    logAnswer(request, reply);
  });
  app.addHook('preClose', async () => drain());

  const { metricsToken } = options;
  addHealth(app, { database, metrics, metricsToken, isDraining: () => draining });
  addApi(app, { context, streams });
  addExperiments(app, context);
  addAccessRoutes(app, { context, secure, rateLimit });
  if (site) {
    await addSite(app, {
      folder: site,
      async beforePage(request, reply) {
        const session = sessionToken(request.headers.cookie, secure);
        const renewed = session && (await renewedCookie(database, session, secure));
        if (renewed) reply.header('set-cookie', renewed);
        if (!demoWorkspace || (await identify(context, request, secure))) return;
        const grant = { subject: 'demo', workspace: demoWorkspace, role: 'admin' } as const;
        reply.header('set-cookie', await startSession(database, grant, secure));
      },
    });
  }
  const withNotFoundPage = hasNotFoundPage(site);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!;
    if (path.startsWith('/v0/')) {
      return sendProblem(request, reply, problem('gone', 'This server speaks /v1.'));
    }
    const allowed = methodsOf(routes, path);
    if (request.method === 'TRACE' || (allowed.length && !allowed.includes(request.method))) {
      reply.header('allow', allowed.join(', '));
      return sendProblem(request, reply, problem('method-not-allowed'));
    }
    const wantsPage = request.headers.accept?.includes('text/html') && !path.startsWith('/v1/');
    if (wantsPage && withNotFoundPage) return sendNotFoundPage(reply);
    return sendProblem(request, reply, problem('not-found'));
  });

  return {
    app,
    context,
    routes,
    drain,
    async close() {
      await app.close();
      await context.close();
    },
  };
}

/** What may be asked of a path; of pages and files, which are found by their names, nothing. */
function methodsOf(routes: readonly Route[], path: string): string[] {
  const segments = path.split('/');
  const found = routes.filter((route) => {
    const pattern = route.path.split('/');
    return (
      pattern.length === segments.length &&
      pattern.every((part, i) => (part.startsWith(':') ? segments[i] : part === segments[i]))
    );
  });
  return METHODS.filter((method) => found.some((route) => route.method === method));
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'];

/** How important a request is when there are too many; live streams have a limit of their own. */
function kindOf({ routeOptions: { url = '' } }: FastifyRequest): RequestKind | null {
  if (!url.startsWith('/v1/') || url === '/v1/sync/live') return null;
  return url === '/v1/sync/push' ? 'push' : EVENT_PATHS.includes(url) ? 'events' : 'read';
}
