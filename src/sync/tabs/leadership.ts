/**
 * Which tab talks to the server. The lock says whose turn it is, and passes on by itself when a tab
 * closes; but a frozen tab keeps its lock. So the leader must show that it lives: after `SILENCE` a
 * follower asks, and when nobody answers it takes the lock. Without Web Locks asking and listening
 * decide alone.
 *
 * Nothing rests on there being one: to lead is to raise the fence, a number in the log. Each record
 * is appended behind all others, so two tabs never hold the same fence, and a leader that reads a
 * higher one has been deposed; what it still meant to write is dropped (`leads`).
 */
import { backoff } from '../connection/backoff.js';
import type { EntityConfig } from '../config.js';
import type { Commits } from '../log/commits.js';
import { SyncError } from '../errors.js';
import type { Clock, Ports } from '../ports.js';
import type { State } from '../log/state.js';

export interface LeadershipHost {
  name: string;
  ports: Ports;
  state: State;
  commits: Commits;
  entities: Record<string, EntityConfig>;
  /** Asks whoever leads to say so. */
  hello(): void;
  /** Says that this tab leads; the others wait as long as they hear it. */
  beat(speaksFor: string[]): void;
  /** Says that nobody leads any more. */
  bye(): void;
  /** This tab begins to lead. */
  begin(): void;
  /** It ceases to. */
  cease(): void;
}

/** ms between two signs of life, of silence until a follower asks, and to wait for the answer. */
const BEAT = 5_000;
const SILENCE = 15_000;
const ANSWER = 3_000;

export class Leadership {
  leading = false;
  /** Aborted when this tab no longer stands for election. */
  #standing: AbortController | undefined;
  /** Aborted when waiting for the lock in vain, or deposed: stand anew. */
  #turn = new AbortController();
  #fence = 0;
  #cancelBeat = () => {};
  #cancelWatch = () => {};
  #heard = false;
  #vacant = () => {};

  constructor(private readonly host: LeadershipHost) {}

  /** Stands for election, now and after every defeat. */
  start(): void {
    if (this.#standing) return;
    const standing = (this.#standing = new AbortController());
    void this.#stand(standing.signal);
  }

  /** Lets somebody else lead: the tab closes, or is put away by the browser. */
  stop(): void {
    this.#standing?.abort();
    this.#standing = undefined;
    this.#cancelWatch();
    if (this.leading) this.host.bye();
    this.#end();
  }

  /** The leader has spoken; it may have frozen all the same. */
  heard(): void {
    this.#heard = true;
  }

  /** The leader lives. One that can't speak for this tab, which can for it, is of an older app. */
  alive(speaksFor?: readonly string[]): void {
    this.#heard = true;
    this.#watch();
    const mine = this.#speaksFor();
    const less = speaksFor?.every((name) => mine.includes(name)) && speaksFor.length < mine.length;
    if (less && this.#standing && !this.leading) this.#takeOver();
  }

  /** See the message `alive`. */
  #speaksFor(): string[] {
    return Object.entries(this.host.entities).flatMap(([name, { scope }]) =>
      scope ? [name] : [name, `${name}/*`],
    );
  }

  /** Somebody asks whether the leader lives: its timers know. */
  answer(): void {
    if (this.leading)
      this.host.ports.clock.after(0, () => this.leading && this.host.beat(this.#speaksFor()));
  }

  /** The leader has left. */
  vacant(): void {
    this.#heard = false;
    this.#vacant();
  }

  /** Whether what this tab wants to write as the leader is still its business. */
  leads(): boolean {
    return this.leading && this.host.state.meta.fence === this.#fence;
  }

  /** The log has moved on: perhaps somebody else leads now. */
  check(): void {
    if (this.leading && !this.leads()) this.#end();
  }

  async #stand(standing: AbortSignal): Promise<void> {
    const { ports, name } = this.host;
    const { clock, random, locks } = ports;
    let steal = false;
    for (let attempt = 0; !standing.aborted; attempt++) {
      const turn = (this.#turn = new AbortController());
      this.#watch(() => {
        steal = true;
        turn.abort();
      });
      const lead = () => this.#lead(turn.signal, () => (attempt = 0));
      const options = steal ? { steal } : { signal: turn.signal };
      steal = false;
      // It rejects when aborted, when stolen from us, and when the disk refuses the claim.
      const failed = await (
        locks ? locks.request(name, options, lead) : this.#silent(turn.signal).then(lead)
      ).then(
        () => false,
        () => !turn.signal.aborted,
      );
      // This tab may have stopped, and stand anew, meanwhile.
      if (this.#turn === turn) this.#end();
      if (failed) await pause(clock, 1_000 + backoff(attempt, random), standing);
    }
  }

  /** Holds the lead until it is taken away. */
  async #lead(turn: AbortSignal, led: () => void): Promise<void> {
    if (turn.aborted) return;
    const { commits, state } = this.host;
    try {
      await commits.change(({ meta }) => ({ meta: { fence: meta.fence + 1 } }));
    } catch (error) {
      // A full disk must not keep what is on it from being sent: lead without having said so.
      if (!(error instanceof SyncError) || error.code !== 'quota') throw error;
    }
    if (turn.aborted) return;
    this.#cancelWatch();
    this.#fence = state.meta.fence;
    this.leading = true;
    led();
    this.host.begin();
    this.#beat();
    await new Promise((ended) => turn.addEventListener('abort', ended, { once: true }));
  }

  #end(): void {
    this.#cancelBeat();
    this.#turn.abort();
    if (!this.leading) return;
    this.leading = false;
    this.host.cease();
  }

  #beat(): void {
    this.host.beat(this.#speaksFor());
    this.#cancelBeat = this.host.ports.clock.after(BEAT, () => this.#beat());
  }

  /** After a long silence asks, because this tab itself may have slept; then takes over. */
  #watch(takeOver = this.#takeOver): void {
    this.#takeOver = takeOver;
    this.#cancelWatch();
    if (!this.#standing || this.leading) return;
    const { clock, random } = this.host.ports;
    this.#cancelWatch = clock.after(SILENCE * (1 + random() / 4), () => {
      this.host.hello();
      this.#cancelWatch = clock.after(ANSWER, () => this.#takeOver());
    });
  }
  #takeOver = () => {};

  /** Without locks: resolves when nobody answers. */
  async #silent(turn: AbortSignal): Promise<void> {
    const { clock, random } = this.host.ports;
    for (;;) {
      this.#heard = false;
      this.host.hello();
      await pause(clock, 200 + random() * 400, turn);
      if (turn.aborted || !this.#heard) return;
      const mine = await new Promise<boolean>((done) => {
        this.#vacant = () => done(false);
        this.#watch(() => done(true));
        turn.addEventListener('abort', () => done(true), { once: true });
      });
      if (mine) return;
    }
  }
}

/** Resolves after `ms`, or as soon as the signal is aborted. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      done();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
