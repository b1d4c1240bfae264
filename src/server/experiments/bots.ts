/** Whether what sends events is a bot that poses as a browser; those run pages, and convert never. */
import { isbot } from 'isbot';
import type { Identity } from '../access/identity.js';

/** Longer ones no browser has. */
const MAX_LENGTH = 1_000;

/**
 * Only of pages, which have the public write key: an app's own backend names its HTTP client there,
 * which is no browser and no bot either.
 */
export function isBot({ via }: Identity, userAgent: string | undefined): boolean {
  if (via !== 'write-key' || !userAgent?.startsWith('Mozilla/')) return false;
  return userAgent.length > MAX_LENGTH || isbot(userAgent);
}
