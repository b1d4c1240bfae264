import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Longest random wait after the network is back, so that not all pages ask at once. */
const RECONNECT_SPREAD_MS = 2_000;

/**
 * Counts down to the next attempt, second by second. It stands still while the page is hidden or
 * the user has paused it, and makes one attempt soon after the network comes back.
 */
export class RetryCountdown implements ReactiveController {
  /** Seconds to the next attempt; null when none is planned. */
  left: number | null = null;
  paused = false;
  #connected = false;
  #tick: ReturnType<typeof setInterval> | undefined;
  #reconnect: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly attempt: () => void,
    /** Whether to try when the network comes back. */
    private readonly wantsNetwork: () => boolean,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    window.addEventListener('online', this.#online);
    this.#connected = true;
    this.#schedule();
  }

  hostDisconnected(): void {
    window.removeEventListener('online', this.#online);
    this.#connected = false;
    clearTimeout(this.#reconnect);
    clearInterval(this.#tick);
  }

  /** Starts over from `seconds`; null or 0 stops. */
  start(seconds: number | null): void {
    this.left = seconds !== null && seconds > 0 ? Math.ceil(seconds) : null;
    this.#schedule();
    this.host.requestUpdate();
  }

  togglePause(): void {
    this.paused = !this.paused;
    this.host.requestUpdate();
  }

  #schedule(): void {
    clearInterval(this.#tick);
    if (this.left === null || !this.#connected) return;
    this.#tick = setInterval(() => this.#second(), 1_000);
  }

  #second(): void {
    if (this.left === null || this.paused || document.hidden) return;
    this.left -= 1;
    this.host.requestUpdate();
    if (this.left > 0) return;
    this.start(null);
    this.attempt();
  }

  #online = (): void => {
    if (!this.wantsNetwork()) return;
    clearTimeout(this.#reconnect);
    this.#reconnect = setTimeout(this.attempt, Math.random() * RECONNECT_SPREAD_MS);
  };
}
