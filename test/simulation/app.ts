/** The app in one tab: a real engine, the app's writes, and queries that are watched all the time. */
import type { Row, SyncEngine, SyncStatus } from '../../src/sync/index.js';
import { KEEPS_ALL, entities, isEvent, resolver } from './collections.js';
import type { Device } from './device.js';
import { tokensIn, type Write } from './ledger.js';
import type { Change } from './plan.js';
import { Rng } from './random.js';
import { Tab } from './tab.js';
import type { Fate, World } from './world.js';

/** What a receipt must not call accepted. */
const FALSE_IF_SYNCED: ReadonlySet<string> = new Set<Fate>(['waits for a person', 'overruled']);

type AnyRow = Row & Record<string, unknown>;

/** ms since 1970 when virtual time begins. */
const EPOCH = Date.UTC(2026, 10, 22);

export class App {
  readonly tab: Tab;
  readonly engine: SyncEngine;
  #ready = false;
  /** Writes acknowledged here of which the status has not yet been able to say that they are over. */
  #unsettled: Write[] = [];
  /** Tokens of this device that were shown, and those that went again. */
  readonly #shown = new Map<string, Set<string>>();
  readonly #gone = new Map<string, Set<string>>();

  constructor(
    private readonly world: World,
    private readonly device: Device,
    readonly slot: number,
    name: string,
    /** Of the app. */
    readonly version: number,
  ) {
    const { subject, scheduler, ledger } = world;
    this.tab = new Tab(name, scheduler);
    const resolve = resolver((collection, key, local) => {
      for (const token of tokensIn(local)) ledger.resolvedAway.add(token);
      if (!local) ledger.resolvedAway.add(`${collection}/${key}`);
    });
    const random = new Rng(world.plan.seed, name).next;
    this.engine = subject.createSyncEngine({
      storage: device.disk.for(this.tab),
      transport: subject.bytelystTransport({ url: '/v1' }),
      entities: entities(resolve, world.collections, version),
      onConflict: resolve,
      onAuthRequired: () => this.#signIn(),
      ...(world.plan.maxRetries !== undefined && { maxRetries: world.plan.maxRetries }),
      ports: {
        clock: {
          now: () => Math.floor(EPOCH + scheduler.now + device.skew),
          after: (ms, callback) => this.tab.deliver(ms, callback),
        },
        random,
        network: device.network.for(this.tab),
        locks: world.plan.locks ? device.browser.locks(this.tab) : undefined,
        channel: device.browser.channel(this.tab),
      },
    });
    this.engine.ready.then(
      () => (this.#ready = true),
      // It is tried again; then the storage is well.
      () => this.engine.onStatusChange(({ storage }) => (this.#ready ||= storage === 'ok')),
    );
    // A tab that begins to lead anew knows nothing of what was told before.
    this.engine.on('leader', () => world.traffic.forget(this.tab));
    this.engine.onStatusChange((status) => this.#checkStatus(status));
    for (const collection of world.collections) this.#watch(collection);
  }

  /** Whether it knows what is on its disk. */
  get opened(): boolean {
    return this.#ready;
  }

  get evicted(): boolean {
    return this.device.evicted;
  }

  get alive(): boolean {
    return !this.tab.dead;
  }

  /** One turn of the app in which it writes all of these. */
  write(changes: readonly Change[]): void {
    for (const change of changes) this.#write(change);
  }

  rows(collection: string): readonly AnyRow[] {
    return this.engine.collection(collection).query().get() as readonly AnyRow[];
  }

  #write(change: Change): void {
    const { world, device, slot, engine } = this;
    const { scheduler, ledger } = world;
    const { collection: name, key } = change;
    const collection = engine.collection(name);
    const shown = collection.get(key) !== undefined;
    const op = change.op === 'put' ? (shown ? 'update' : 'create') : change.op;
    if ((op === 'create') !== shown) world.touch({ ...change, op });
    if (op === 'delete') device.deletions.set(`${name}/${key}`, shown ? scheduler.now : -Infinity);
    const row = collection.get(key) as AnyRow | undefined;
    const known = ledger.ask({ ...change, op }, row, { device: device.n, slot }, scheduler.now);
    const content = isEvent(name) ? event(name) : known.content;
    const write =
      op === 'create'
        ? collection.create({ id: key, ...content })
        : op === 'update'
          ? collection.update(key, content)
          : collection.delete(key);
    world.note(() => `${this.tab.name} ${op} ${name}/${key} ${known.token}`);
    write.then(
      () => {
        known.acked = scheduler.now;
        // It came to be there on the way.
        if (op === 'delete' && !shown) world.touch({ ...change, op });
        world.counts.acknowledged++;
        this.#unsettled.push(known);
        if (!collection.isPending(key) && !world.fate(known))
          world.report(
            'not pending',
            `${known.token} is acknowledged, and neither pending nor done`,
          );
      },
      (error: { code: string }) => {
        // Written a second time after an answer that was lost, what a full disk refuses may be on it.
        const perhaps = error.code === 'quota' && device.ambiguous;
        known.refused = perhaps ? 'storage' : error.code;
        world.note(() => `${this.tab.name} refused ${known.token}: ${error.code}`);
      },
    );
    write.synced.then(
      () => {
        known.synced = 'accepted';
        const fate = world.fate(known);
        // A restore has taken it back since: the tab that shows it as waiting has not heard all yet.
        if (world.journal.rolledBack.has(known.token) || (known.op === 'delete' && world.restored))
          return;
        if (!fate || FALSE_IF_SYNCED.has(fate))
          world.report(
            'false receipt',
            `${known.token} is said to be synced; it is ${fate ?? 'not'}`,
          );
      },
      (error: { code: string }) => {
        known.synced = error.code;
      },
    );
  }

  #checkStatus(status: SyncStatus): void {
    const { world, device, tab } = this;
    world.note(() => `${tab.name} ${JSON.stringify(status)}`);
    if (status.pending === 0) {
      for (const write of this.#unsettled.splice(0))
        if (!world.fate(write))
          world.report('status', `${tab.name} says that nothing is pending, but ${write.token} is`);
    }
    if (this.#ready && !device.network.online && ['idle', 'syncing'].includes(status.status))
      world.report('status', `${tab.name} is offline and says ${status.status}`);
  }

  #watch(name: string): void {
    const collection = this.engine.collection(name);
    const all = collection.query();
    const narrow = collection.query({ where: { n: { $gte: 2 } }, orderBy: '-n', limit: 3 });
    narrow.subscribe(() => {});
    all.subscribe((rows) => {
      for (const row of rows) for (const token of tokensIn(row)) this.device.seen.add(token);
      this.#compare(name, rows as readonly AnyRow[], narrow.get() as readonly AnyRow[]);
      if (KEEPS_ALL.has(name)) this.#checkFlicker(name, rows as readonly AnyRow[]);
    });
  }

  /** The live query, which is kept up to date piece by piece, against asking anew. */
  #compare(name: string, rows: readonly AnyRow[], narrow: readonly AnyRow[]): void {
    const expected = rows
      .filter(({ n }) => typeof n === 'number' && n >= 2)
      .sort((a, b) => Number(b.n) - Number(a.n) || (a.id < b.id ? 1 : -1))
      .slice(0, 3);
    if (JSON.stringify(expected) !== JSON.stringify(narrow))
      this.world.report(
        'query',
        `${this.tab.name} ${name}: ${JSON.stringify(narrow)} instead of ${JSON.stringify(expected)}`,
      );
  }

  /** What a device wrote and showed must not go and come back, on rows that nobody ever deletes. */
  #checkFlicker(name: string, rows: readonly AnyRow[]): void {
    const { world, device } = this;
    const shown = of(this.#shown, name);
    const gone = of(this.#gone, name);
    const now = new Set<string>();
    for (const row of rows) {
      const address = { collection: name, key: row.id };
      if (world.unsteady(device, address)) continue;
      for (const token of tokensIn(row)) {
        now.add(token);
        if (gone.has(token))
          world.report('flicker', `${this.tab.name} lost sight of ${token} in ${name}/${row.id}`);
        shown.add(token);
      }
    }
    for (const token of shown)
      if (!now.has(token)) {
        gone.add(token);
        shown.delete(token);
      }
  }

  /** The user signs in again as soon as that is possible. */
  #signIn(): Promise<void> {
    const { device, world } = this;
    const wait = Math.max(0, device.network.signedOutUntil - world.scheduler.now);
    return new Promise((resolve) => {
      this.tab.deliver(wait + 50, resolve);
    });
  }
}

function of<V>(map: Map<string, Set<V>>, key: string): Set<V> {
  let set = map.get(key);
  if (!set) map.set(key, (set = new Set()));
  return set;
}

/** What an event of the server's own kinds consists of. */
function event(collection: string): Record<string, unknown> {
  const at = EPOCH;
  return collection === 'exposures'
    ? { experiment: 'x', phase: 1, variant: 'a', unit: 'u', at }
    : { name: 'click', unit: 'u', at };
}
