/**
 * Events of the elements. An *intent* (retry, navigate, copy) asks the page to do something: it
 * bubbles, leaves shadow roots and can be cancelled, which stops what the element would do by
 * itself. A *state* event (visible, loaded, toggle) only tells, and stays where it happens, so
 * that a nested element never closes its parent.
 */
export class IntentEvent extends Event {
  constructor(type: string) {
    super(type, { bubbles: true, composed: true, cancelable: true });
  }
}

/** The user asks for another attempt. */
export class RetryEvent extends IntentEvent {
  readonly #attempts: Promise<unknown>[] = [];

  constructor() {
    super('bl-retry');
  }

  /** The element shows that it is busy until `attempt` settles. Call it while the event runs. */
  waitUntil(attempt: Promise<unknown>): void {
    this.#attempts.push(attempt);
  }

  /** Whether a listener took the event over. */
  get handled(): boolean {
    return this.#attempts.length > 0 || this.defaultPrevented;
  }

  /** Settles with the attempts; rejects when one of them does. */
  get settled(): Promise<unknown> {
    return Promise.all(this.#attempts);
  }
}

/** The user follows a link of an element. Cancel it to navigate with the app's own router. */
export class NavigateEvent extends IntentEvent {
  constructor(
    /** The link's address; null for “go back”. */
    readonly href: string | null,
  ) {
    super('bl-navigate');
  }
}

declare global {
  interface HTMLElementEventMap {
    'bl-retry': RetryEvent;
    'bl-navigate': NavigateEvent;
  }
}
