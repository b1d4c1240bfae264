import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** One timer for all elements that show a relative time; it stands still without any. */
const TICK_MS = 15_000;
const hosts = new Set<ReactiveControllerHost>();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (document.hidden) return;
  for (const host of hosts) host.requestUpdate();
}

/** Redraws its host as time passes, and at once when the page is looked at again. */
export class RelativeTimeController implements ReactiveController {
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    hosts.add(this.#host);
    if (timer !== undefined) return;
    timer = setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
  }

  hostDisconnected(): void {
    hosts.delete(this.#host);
    if (hosts.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    document.removeEventListener('visibilitychange', tick);
  }
}

const MINUTE = 60_000;
const units = [
  ['year', 365 * 24 * 60 * MINUTE],
  ['month', 30 * 24 * 60 * MINUTE],
  ['day', 24 * 60 * MINUTE],
  ['hour', 60 * MINUTE],
  ['minute', MINUTE],
] as const;

/**
 * “3 min. ago”, in the locale's words; null within the last minute, where the caller says
 * “just now” in its own. Both times are ms since 1970. A time in the future counts as now:
 * clocks disagree.
 */
export function relativeTime(at: number, now: number, locale: string): string | null {
  const age = now - at;
  for (const [unit, length] of units) {
    if (age < length) continue;
    const format = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });
    return format.format(-Math.floor(age / length), unit);
  }
  return null;
}
