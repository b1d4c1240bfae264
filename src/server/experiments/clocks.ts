/** Whose clock an event's time is by, and what it is by ours. */

/** The sender's clock when it sent, and ours when it arrived; ms since 1970. */
export interface Clocks {
  sentAt: number;
  receivedAt: number;
}

/**
 * The sender's time by our clock: the error of its clock is what lies between sending and receipt,
 * which includes how long the request was on its way. Nothing happens after it was received.
 */
export function serverTime(at: number, { sentAt, receivedAt }: Clocks): number {
  return Math.max(0, Math.min(at + receivedAt - sentAt, receivedAt));
}
