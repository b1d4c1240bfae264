/** How often somebody may ask: the config's limits, counted on this node. */
import { isIPv6 } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RateLimits } from '../config/config.js';
import { ProblemError } from '../problem-error.js';

/** Counts a request; throws `rate-limited` when it was one too many. */
export type RateLimit = (limit: keyof RateLimits, request: FastifyRequest) => Promise<void>;

const WINDOW_MS = 10_000;
/** Counters of one limit; the least used go first. */
const MAX_COUNTERS = 20_000;

/** Who is counted together. */
const KEYS: Readonly<Record<keyof RateLimits, (request: FastifyRequest) => string>> = {
  push: ({ who }) => `${who?.workspace} ${who?.subject}`,
  events: keyAndAddress,
  assignments: keyAndAddress,
  signIn: addressOf,
};

function keyAndAddress(request: FastifyRequest): string {
  return `${request.who?.workspace} ${request.who?.subject} ${addressOf(request)}`;
}

export async function createRateLimit(
  app: FastifyInstance,
  limits: RateLimits | null,
): Promise<RateLimit> {
  if (!limits) return async () => {};
  await app.register(rateLimit, { global: false, cache: MAX_COUNTERS });
  const counter = (name: keyof RateLimits) =>
    app.createRateLimit({ max: limits[name], timeWindow: WINDOW_MS, keyGenerator: KEYS[name] });
  const counters = {
    push: counter('push'),
    events: counter('events'),
    assignments: counter('assignments'),
    signIn: counter('signIn'),
  };
  return async (name, request) => {
    const count = await counters[name](request);
    if (count.isAllowed || !count.isExceeded) return;
    throw new ProblemError('rate-limited', 'Too many requests; wait a little.', {
      retryAfter: Math.max(1, count.ttlInSeconds),
    });
  };
}

/** A client's address; of IPv6 the network, because one client has all of it. */
function addressOf({ ip }: FastifyRequest): string {
  if (!isIPv6(ip) || ip.includes('.')) return ip;
  const [head = '', tail = ''] = ip.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail.split(':').filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0');
  return [...groups, ...(ip.includes('::') ? zeros : []), ...rest].slice(0, 4).join(':');
}
