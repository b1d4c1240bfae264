/**
 * A device that pulls nothing, because it only sends events, does not hear how far its server's
 * database is safe, nor that it was restored. It asks, while it keeps something for that case.
 */
import type { Standing } from '../../protocol/index.js';
import { reoffered } from '../outbox/revive.js';
import type { State } from '../log/state.js';
import type { PullHost } from './pull.js';

/** ms between two questions; what was kept before this tab began to lead is asked about at once. */
const EVERY = 3_600_000;

export class Standings {
  #heard: number | undefined;

  constructor(private readonly host: PullHost) {}

  async ask(): Promise<void> {
    const { state, transport, commits, now, onReset, call } = this.host;
    // What is kept from here on has just been heard about.
    if (!state.kept.epoch) this.#heard = now();
    if (!transport.standing || !state.kept.epoch) return;
    const passed = this.#heard === undefined ? EVERY : now() - this.#heard;
    // A clock that was set back has nothing to say.
    if (passed >= 0 && passed < EVERY) return;
    const standing = await call((made) => transport.standing!(made));
    this.#heard = now();
    let restored = false;
    await commits.change((newest) => {
      restored = isRestored(newest, standing);
      const { epoch, durable } = standing;
      return { ...(restored && { put: reoffered(newest) }), meta: { epoch, durable } };
    });
    if (restored) onReset('The database was restored.');
  }
}

function isRestored({ epoch }: State, standing: Pick<Standing, 'epoch'>): boolean {
  return epoch !== null && epoch !== standing.epoch;
}
