/**
 * Notices that a database is gone. Browsers evict databases, and a new, empty one looks like a
 * first visit; a short note kept elsewhere knows better, and how many writes were not sent yet.
 */
import type { State } from './state.js';
import type { Witness } from '../storage/storage.js';

export interface WitnessNote {
  client: string;
  /** Highest number given to a mutation. */
  seq: number;
  /** Mutations that waited for the server. */
  pending: number;
}

export class WitnessNotes {
  #written = '';
  #scheduled = false;

  constructor(
    private readonly witness: Witness | undefined,
    private readonly state: State,
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

  /** Something was committed: notes it once for all commits of a turn. */
  changed(): void {
    if (!this.witness || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const { client, seq } = this.state.meta;
      const note: WitnessNote = { client, seq, pending: this.state.counts().pending };
      const text = JSON.stringify(note);
      if (text !== this.#written) this.witness!.write((this.#written = text));
    });
  }
}
