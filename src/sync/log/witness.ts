/**
 * Notices that a database is gone. Browsers evict databases, and a new, empty one looks like a
 * first visit; a short note kept elsewhere knows better, and how many writes were not sent yet.
 */
import type { Clock } from '../ports.js';
import type { State } from './state.js';
import type { Witness } from '../storage/storage.js';

export interface WitnessNote {
  client: string;
  /** Highest number given to a mutation. */
  seq: number;
  /** Mutations that waited for the server. */
  pending: number;
}

/** ms that a note may be behind, because writing it takes longer than the commit it is about. */
const BEHIND = 250;

export class WitnessNotes {
  #written = '';
  /** Whether the last note says that something waits. */
  #waiting: boolean | undefined;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly witness: Witness | undefined,
    private readonly state: State,
    private readonly clock: Clock,
  ) {}

  read(): WitnessNote | null {
    try {
      const note = JSON.parse(this.witness?.read() || 'null') as Partial<WitnessNote> | null;
      const { client, seq, pending } = note ?? {};
      return typeof client === 'string' &&
        Number.isSafeInteger(seq) &&
        Number.isSafeInteger(pending)
        ? (note as WitnessNote)
        : null;
    } catch {
      return null; // Anybody on the origin can write there.
    }
  }

  /** Something was committed. Where it is the first that waits, it is noted at once. */
  changed(): void {
    if (!this.witness) return;
    this.#cancel ??= this.clock.after(BEHIND, () => this.flush());
    const first = !this.#waiting && this.state.counts().pending > 0;
    if (first || this.#waiting === undefined) this.flush();
  }

  /** Notes what has not been noted yet. */
  flush(): void {
    if (!this.#cancel) return;
    this.#cancel();
    this.#cancel = undefined;
    const { client, seq } = this.state.meta;
    const note: WitnessNote = { client, seq, pending: this.state.counts().pending };
    this.#waiting = note.pending > 0;
    const text = JSON.stringify(note);
    if (text !== this.#written) this.witness!.write((this.#written = text));
  }
}
