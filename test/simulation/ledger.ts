/**
 * Every write that the app made, and what became of it. A write of a row bears a token of its own,
 * as a member that nobody else writes: where the token is, the write is.
 */
import type { Change } from './plan.js';

export interface Write extends Change {
  op: 'create' | 'update' | 'delete';
  /** In the order they were asked for; the token is `w` and this. */
  n: number;
  token: string;
  device: number;
  slot: number;
  /** What it writes: a create's row, an update's patch. */
  content: Record<string, unknown>;
  /** The token that the row was made with which the writer saw; none where it saw no row. */
  on: unknown;
  /** Virtual ms. */
  asked: number;
  /** Virtual ms at which its promise resolved. */
  acked: number | null;
  /** The code it was refused with. */
  refused: string | null;
  /** How its receipt settled: `accepted`, or the error's code. */
  synced: string | null;
  /** A person gave it up, or decided for something else. */
  givenUp: boolean;
  /** Its database was deleted by the browser and nobody was there to save it. */
  evicted: boolean;
  /** Its database was deleted; whether somebody saved it is only known when the faults are over. */
  endangered: boolean;
}

type Members = Readonly<Record<string, unknown>>;

/** A change of which it is clear what it does. */
export type Definite = Change & Pick<Write, 'op'>;

export class Ledger {
  readonly writes: Write[] = [];
  readonly #rows = new Map<string, Write[]>();
  readonly #decisions = new Set<(write: Write) => boolean>();
  /** What each token added to a counter, and whether it added itself to a set. */
  readonly additions = new Map<string, Pick<Change, 'collection' | 'key' | 'likes' | 'tag'>>();
  /** Tokens that a conflict's resolver let go, and rows that it kept from being deleted. */
  readonly resolvedAway = new Set<string>();

  /** Notes a write that is about to be made. */
  ask(
    change: Definite,
    row: Members | undefined,
    place: { device: number; slot: number },
    now: number,
  ): Write {
    const n = this.writes.length + 1;
    const token = `w${n}`;
    const write: Write = {
      ...change,
      ...place,
      n,
      token,
      content: content(change, token, row),
      on: row?.['born'],
      asked: now,
      acked: null,
      refused: null,
      synced: null,
      givenUp: false,
      evicted: false,
      endangered: false,
    };
    this.additions.set(token, change);
    this.writes.push(write);
    this.row(write).push(write);
    return write;
  }

  row({ collection, key }: { collection: string; key: string }): Write[] {
    const address = `${collection}/${key}`;
    let row = this.#rows.get(address);
    if (!row) this.#rows.set(address, (row = []));
    return row;
  }

  /** Whether something later on the same device took the write's place: the row went, or began anew. */
  superseded({ device, asked, n, collection, key }: Write): boolean {
    return this.row({ collection, key }).some(
      (other) =>
        other.device === device &&
        other.n !== n &&
        other.op !== 'update' &&
        // What the disk refused may be on it all the same.
        (other.refused === null || other.refused === 'storage') &&
        (other.asked >= asked || other.acked === null || other.acked >= asked),
    );
  }

  /**
   * A person decides about writes of a device: what was not sent may be gone, also what is written
   * until the decision is on disk. Answers what to call then.
   */
  decide(device: number, which: (write: Write) => boolean): () => void {
    const decision = (write: Write) => write.device === device && which(write);
    this.#decisions.add(decision);
    return () => {
      for (const write of this.writes) if (decision(write)) write.givenUp = true;
      this.#decisions.delete(decision);
    };
  }

  givenUp(write: Write): boolean {
    return write.givenUp || [...this.#decisions].some((decision) => decision(write));
  }
}

/** What a change writes. `bad` is a title that the server takes for a fault. */
export function content(
  change: Definite,
  token: string,
  row: Members | null | undefined,
): Record<string, unknown> {
  const { op, title, bad, n, done, likes, tag, task } = change;
  const before = op === 'create' ? undefined : row;
  if (op === 'delete') return {};
  return {
    [token]: true,
    ...(op === 'create' && { born: token }),
    ...((op === 'create' || title || bad) && { title: bad ? 0 : token }),
    ...(n !== undefined && { n }),
    ...(done !== undefined && { done }),
    ...(likes !== undefined && { likes: Number(before?.['likes'] ?? 0) + likes }),
    ...(tag && { tags: [...((before?.['tags'] as string[] | undefined) ?? []), token] }),
    ...(op === 'create' && task !== undefined && { task }),
  };
}

/** The tokens in a row, a patch or whatever else there is of one. */
export function tokensIn(members: object | null | undefined): string[] {
  return Object.keys(members ?? {}).filter((name) => /^[wx]\d+$/.test(name));
}
