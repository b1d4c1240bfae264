/**
 * The public keys that an issuer publishes. Read ahead and kept: an endpoint that is slow, down or
 * answers nonsense costs no request anything while the keys that are known are not too old.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { ProblemError } from '../problem-error.js';

/** Keys older than this are asked for anew, in the background. */
const REFRESH_MS = 10 * 60_000;
/** Keys that could not be refreshed for so long are not believed any more. */
const STALE_MS = 24 * 3_600_000;
/** After a failure the endpoint is left alone for so long, and so after a key that was not there. */
const COOL_DOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256_000;

/** Finds a token's key. Rejects with `unavailable` when no keys could be had yet. */
export function createKeyFinder(url: string, now: () => number = Date.now): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOL_DOWN_MS,
    cacheMaxAge: Infinity,
    [customFetch]: fetchBounded,
  });
  let readAt = -Infinity;
  let failedAt = -Infinity;

  const refresh = async () => {
    if (now() - failedAt < COOL_DOWN_MS) return;
    try {
      await keys.reload();
      readAt = now();
    } catch {
      failedAt = now();
    }
  };
  void refresh();

  return async (header, token) => {
    const age = now() - readAt;
    if (age > STALE_MS) await refresh();
    else if (age > REFRESH_MS) void refresh();
    if (now() - readAt > STALE_MS) {
      throw new ProblemError('unavailable', 'The keys that tokens are checked with can’t be had.', {
        retryAfter: 5,
      });
    }
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JOSEError) throw error;
      // It looked for a key that it does not know, and the endpoint failed.
      throw new errors.JWKSNoMatchingKey(undefined, { cause: error });
    }
  };
}

/** Reads no more than a set of keys can have. */
async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new errors.JOSEError(`More than ${MAX_BYTES} bytes of keys`);
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), { status: response.status });
}
