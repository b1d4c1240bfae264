/**
 * “Synchronise now”, asked in any tab: the one that leads does it, the others ask it and wait for
 * what it says. Whoever begins to lead takes up what was asked of the one before.
 */
import type { SyncResult } from '../config.js';
import { told } from '../errors.js';
import type { Connection } from '../connection/connection.js';
import type { Clock } from '../ports.js';
import type { Message } from './tabs.js';

export interface RequestsHost {
  clock: Clock;
  online(): boolean;
  /** How much waits to be sent. */
  pending(): number;
  /** Why something that waits can't be sent by the tab that leads. */
  unsendable(): Failure | null;
  newId(): string;
  post(message: Message): void;
}

/** ms that a follower waits for the leader to synchronise. */
const LEADER_PATIENCE = 35_000;

type Failure = SyncResult['errors'][number];

const NOTHING = { pushed: 0, pulled: 0, conflicts: 0 };

export class Requests {
  readonly #asked = new Map<string, (result: SyncResult) => void>();

  constructor(private readonly host: RequestsHost) {}

  /** Asks whoever leads. */
  ask(): Promise<SyncResult> {
    const id = this.host.newId();
    return new Promise((resolve) => {
      const late = { code: 'timeout', message: 'The leading tab did not answer.' };
      const give = () => this.answered(id, this.failed(late));
      const cancel = this.host.clock.after(LEADER_PATIENCE, give, 'awaited');
      this.#asked.set(id, (result) => {
        cancel();
        resolve(result);
      });
      this.host.post({ type: 'sync', id });
    });
  }

  /** This tab leads: it does what it was going to ask for. */
  lead(connection: Connection): void {
    for (const id of this.#asked.keys())
      void this.run(connection).then((result) => this.answered(id, result));
  }

  /** Another tab leads now: it has not heard what the one before was asked. */
  repeat(): void {
    for (const id of this.#asked.keys()) this.host.post({ type: 'sync', id });
  }

  /** Another tab asks this one. */
  async serve(id: string, connection: Connection): Promise<void> {
    const result = await this.run(connection);
    this.host.post({ type: 'synced', id, result });
  }

  close(): void {
    const closed = { code: 'closed', message: 'The engine was closed.' };
    for (const id of [...this.#asked.keys()]) this.answered(id, this.failed(closed));
  }

  /** Sends what waits and fetches what is new, until it rests. */
  async run(connection: Connection): Promise<SyncResult> {
    const { pushed, pulled, conflicts } = connection.totals;
    connection.resume();
    await connection.rested();
    const now = connection.totals;
    const offline = { code: 'offline', message: 'This device is offline.' };
    const error = this.host.online() ? (connection.lastError ?? this.host.unsendable()) : offline;
    const counts = {
      pushed: now.pushed - pushed,
      pulled: now.pulled - pulled,
      conflicts: now.conflicts - conflicts,
    };
    return this.#result(counts, error);
  }

  failed(error: Failure): SyncResult {
    return this.#result(NOTHING, error);
  }

  #result(
    counts: Pick<SyncResult, 'pushed' | 'pulled' | 'conflicts'>,
    error: Failure | null,
  ): SyncResult {
    const errors = error ? [told(error)] : [];
    const { clock, pending } = this.host;
    return { success: !error, ...counts, pending: pending(), errors, timestamp: clock.now() };
  }

  /** It is done, by the leader or by this tab, or nobody will do it. */
  answered(id: string, result: SyncResult): void {
    this.#asked.get(id)?.(result);
    this.#asked.delete(id);
  }
}
