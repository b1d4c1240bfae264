/** The world of one history: devices, a server, virtual time, and what the plan does to them. */
import type { Backend } from './backend.js';
import { isEvent, isRelated } from './collections.js';
import { Device } from './device.js';
import { Journal, type ServerRow } from './journal.js';
import { content, Ledger, tokensIn, type Definite, type Write } from './ledger.js';
import type { Subject } from './load.js';
import type { Destination } from './network.js';
import type { Change, Plan } from './plan.js';
import { Scheduler } from './scheduler.js';
import { Traffic } from './traffic.js';

/** Virtual ms. */
const MOMENT = 1_000;

export interface Violation {
  kind: string;
  detail: string;
  at: number;
}

/** What became of a write; `null` while it is under way, or lost. */
export type Fate =
  | 'applied'
  | 'rolled back with the server'
  | 'waits for a person'
  | 'superseded'
  | 'came to nothing'
  | 'overruled'
  | 'given up'
  | 'evicted';

export class World {
  readonly scheduler = new Scheduler();
  readonly ledger = new Ledger();
  readonly journal: Journal;
  readonly traffic: Traffic;
  readonly server: Destination;
  readonly devices: Device[];
  readonly violations: Violation[] = [];
  readonly counts = { acknowledged: 0, requests: 0, faults: new Map<string, number>() };
  /** Lines, where somebody wants to read them. */
  readonly lines: string[] | null;
  restored = false;
  /** Tokens of rows that had been deleted when the server went back in time. */
  readonly deletedBefore = new Set<string>();
  /** What can only be said once the faults are over. */
  readonly afterFaults: (() => void)[] = [];
  #hash = 0x811c9dc5;
  #others = 0;
  readonly #touched = new Map<string, { births: number; deaths: number }>();

  constructor(
    readonly subject: Subject,
    readonly backend: Backend,
    readonly plan: Plan,
    readonly collections: readonly string[],
    readable: boolean,
  ) {
    this.lines = readable ? [] : null;
    const { scheduler } = this;
    this.journal = new Journal({
      now: () => scheduler.now,
      seen: (n, address, token) => this.#seen(this.devices[n]!, address, token),
      report: (kind, detail) => {
        // Clients offer again in an order of their own what a server without a disk has lost, and
        // with it the row that it was made on: one brings back what another had written.
        const reordered =
          (kind === 'resurrected' || kind === 'twice') && this.restored && !plan.onDisk;
        if (!reordered) this.report(kind, detail);
      },
      writer: (token) => this.#writer(token),
      born: (row) => this.#checkParent(row),
    });
    this.traffic = new Traffic(this);
    const serve = async (url: string, init: RequestInit, device: number) => {
      this.counts.requests++;
      const response = await backend.fetch(url, init);
      if (init.method === 'POST') await this.observe(device);
      this.note(
        () => `server ${init.method ?? 'GET'} ${url} ${(init.body as string | undefined) ?? ''}`,
      );
      return response;
    };
    this.server = { downUntil: 0, life: 1, busyUntil: 0, retryAfter: null, fetch: serve };
    this.devices = plan.devices.map((_, n) => new Device(this, n, plan.skews[n] ?? 0));
  }

  /** One that has never been here. */
  addDevice(): Device {
    const device = new Device(this, this.devices.length, 0);
    this.devices.push(device);
    return device;
  }

  /** Whether a device has shown what it overwrites; what is a moment old was on its way to it. */
  #seen(device: Device, address: string, token: string): boolean {
    const decided = device.deletions.get(address) ?? Infinity;
    const [collection = '', key = ''] = address.split('/');
    // It deleted what it took for the row that it had just made.
    const mistaken = this.ledger
      .row({ collection, key })
      .some((write) => write.device === device.n && write.op === 'create' && write.refused);
    if (mistaken) return true;
    return this.restored || device.seen.has(token) || this.journal.since(token) > decided - MOMENT;
  }

  /** A note comes after the task that it hangs on, where its device made that one first. */
  #checkParent({ collection, key, value }: ServerRow): void {
    const parent = value?.['task'];
    if (typeof parent !== 'string') return;
    const there = this.journal.goneAt('tasks', parent) < this.scheduler.now;
    if (collection !== 'notes' || this.restored || there) return;
    const note = this.ledger
      .row({ collection, key })
      .find(({ token }) => token === value?.['born']);
    if (!note || this.#takesAnother(this.devices[note.device]!, 'tasks', parent)) return;
    for (const task of this.ledger.row({ collection: 'tasks', key: parent })) {
      // One that went with its database holds nothing back, and here nobody can tell yet whether it did.
      const first = task.acked !== null && task.acked < note.asked && !task.endangered;
      if (task.device !== note.device || task.op !== 'create' || !first) continue;
      // Nor does it go while the task waits for somebody to mend it.
      const fate = this.fate(task);
      if (!fate || fate === 'waits for a person')
        this.report('orphan', `notes/${key} came before its tasks/${task.key}`);
    }
  }

  /** Whether a device takes somebody else's row for the one that is there. */
  #takesAnother({ n, open }: Device, collection: string, key: string): boolean {
    return open.some(({ engine }) => {
      const born = engine.collection(collection).get(key)?.['born'];
      const writer = this.ledger.writes.find(({ token }) => token === born);
      return born !== undefined && writer?.device !== n;
    });
  }

  /** Whose order counts: not that of a device that began anew from what a frozen tab remembered. */
  #writer(token: string): Write | undefined {
    const write = token.startsWith('w')
      ? this.ledger.writes[Number(token.slice(1)) - 1]
      : undefined;
    return write && this.devices[write.device]!.evicted ? undefined : write;
  }

  /** What the trace is made of: two runs of a seed must leave the same. */
  get trace(): string {
    return `${(this.#hash >>> 0).toString(16)}-${this.scheduler.steps}`;
  }

  note(line: () => string): void {
    const text = line();
    for (let i = 0; i < text.length; i++)
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(i), 0x01000193);
    this.#hash = Math.imul(this.#hash ^ Math.round(this.scheduler.now * 1000), 0x01000193);
    this.lines?.push(`${this.scheduler.now.toFixed(1).padStart(10)}  ${text}`);
  }

  count(fault: string): void {
    this.counts.faults.set(fault, (this.counts.faults.get(fault) ?? 0) + 1);
    this.note(() => `fault: ${fault}`);
  }

  report(kind: string, detail: string): void {
    this.violations.push({ kind, detail, at: this.scheduler.now });
    this.note(() => `VIOLATION ${kind}: ${detail}`);
  }

  /** Looks at what the server has now, after what a device or somebody else did. */
  async observe(device?: number): Promise<void> {
    this.journal.observe(await this.backend.rows(), device);
    for (const id of await this.backend.events()) this.#events.add(id);
  }

  /** The server went back in time: what it still has will be seen there. */
  restore(): void {
    const { journal, ledger, scheduler } = this;
    for (const { token, collection, key } of ledger.writes)
      if (journal.has(token) && journal.goneAt(collection, key) === scheduler.now)
        this.deletedBefore.add(token);
    this.restored = true;
    journal.restore();
    for (const id of this.#events) this.#rolledBack.add(id);
    this.#events.clear();
  }

  /** Notes that a row is about to be made or unmade by anybody. */
  touch({ collection, key, op }: Definite): void {
    const address = `${collection}/${key}`;
    const known = this.#touched.get(address) ?? { births: 0, deaths: 0 };
    if (op === 'create') known.births++;
    if (op === 'delete') known.deaths++;
    this.#touched.set(address, known);
  }

  /** Whether what is shown of a row may go and come back for a reason. */
  unsteady(device: Device, address: { collection: string; key: string }): boolean {
    const { births = 0, deaths = 0 } =
      this.#touched.get(`${address.collection}/${address.key}`) ?? {};
    return (
      deaths > 0 ||
      births > 1 ||
      this.restored ||
      device.evicted ||
      device.ambiguous ||
      this.ledger.row(address).some((write) => write.bad || this.ledger.givenUp(write))
    );
  }

  /** Whether the row was created more than once. */
  remade({ collection, key }: { collection: string; key: string }): boolean {
    return (this.#touched.get(`${collection}/${key}`)?.births ?? 0) > 1;
  }

  /** Somebody else writes at the server. */
  async othersWrite(change: Change): Promise<void> {
    const { collection, key } = change;
    const rows = await this.backend.rows();
    const row = rows.find((other) => other.collection === collection && other.key === key);
    const known = row?.value ?? null;
    const op = change.op === 'put' ? (known ? 'update' : 'create') : change.op;
    if ((op === 'create') === (known !== null)) return;
    this.touch({ ...change, op });
    const token = `x${++this.#others}`;
    this.ledger.additions.set(token, change);
    const added = content({ ...change, op, bad: false }, token, known);
    const value = { ...known, ...(added as typeof known) };
    await this.backend.write(collection, key, op === 'delete' ? null : value);
    await this.observe();
    this.note(() => `others ${op} ${collection}/${key} ${token}`);
  }

  fate(write: Write): Fate | null {
    const { token, collection, key, op, asked } = write;
    const { journal, ledger } = this;
    const done = isEvent(collection)
      ? this.#events.has(key)
      : op === 'delete'
        ? // Or somebody else had deleted that row already, and what is there now is another.
          journal.goneAt(collection, key) >= asked ||
          (write.on !== undefined && journal.bornOf(collection, key) !== write.on)
        : journal.has(token);
    if (done) return 'applied';
    if (ledger.givenUp(write)) return 'given up';
    if (ledger.superseded(write)) return 'superseded';
    if (op === 'delete' && this.#neverMade(write)) return 'came to nothing';
    if (this.#waitsForPerson(write)) return 'waits for a person';
    if (write.evicted) return 'evicted';
    const rolledBack = isEvent(collection)
      ? this.#rolledBack.has(key)
      : journal.rolledBack.has(token);
    if (rolledBack || (op === 'delete' && this.restored)) return 'rolled back with the server';
    return this.overruled(write) ? 'overruled' : null;
  }

  /** Events that the server has, and those that it had before a restore. */
  readonly #events = new Set<string>();
  readonly #rolledBack = new Set<string>();

  /** A dead letter or a parked conflict on its device holds it, or holds it up. */
  #waitsForPerson({ device, token, op, collection, key }: Write): boolean {
    return this.devices[device]!.open.some(({ engine }) => {
      const pending = engine.exportPending();
      const ofRow = pending.filter((other) => other.collection === collection && other.key === key);
      // What was given up on may have arrived; what is behind it waits until somebody sends it again.
      const parked = ofRow.some(({ conflict, problem }) => conflict ?? problem?.retryable);
      // A note may wait for its task to be mended, and a task for its notes.
      const related =
        isRelated({ collection }) &&
        pending.some((other) => isRelated(other) && (other.problem ?? other.conflict));
      return ofRow.some(
        (mutation) =>
          (mutation.problem ?? (parked || related)) &&
          (op === 'delete'
            ? mutation.op === 'delete'
            : isEvent(collection) || tokensIn(mutation.value ?? mutation.patch).includes(token)),
      );
    });
  }

  /** The row that this device made and deleted again was never the server's. */
  #neverMade(write: Write): boolean {
    const made = this.ledger
      .row(write)
      .findLast(({ op, device, n }) => op === 'create' && device === write.device && n < write.n);
    return made !== undefined && !this.journal.has(made.token);
  }

  /** The entity's strategy may decide against a write; which ones may, and when, is said here. */
  overruled({ collection, key, token, op, device }: Write): boolean {
    const { resolvedAway } = this.ledger;
    if (collection === 'asks' || collection === 'picks')
      return resolvedAway.has(op === 'delete' ? `${collection}/${key}` : token);
    const { births = 0, deaths = 0 } = this.#touched.get(`${collection}/${key}`) ?? {};
    const { evicted } = this.devices[device]!;
    return collection === 'theirs' && (deaths > 0 || births > 1 || this.restored || evicted);
  }
}
