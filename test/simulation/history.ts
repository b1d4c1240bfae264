/**
 * One history: the faults of a plan, then the healing, then the checks. Healing has a deadline in
 * virtual time; by then every device must show what the server has, with nothing left to send.
 */
import type { App } from './app.js';
import type { Backend } from './backend.js';
import { modelBackend } from './backend.js';
import { isRelated, ROWS } from './collections.js';
import { tokensIn, type Write } from './ledger.js';
import type { Subject } from './load.js';
import { perform, resolveFirst, thaw } from './perform.js';
import type { Plan } from './plan.js';
import { World, type Violation } from './world.js';

/** Virtual ms that a world may take to heal. */
const DEADLINE = 20 * 60_000;
/** What dead letters may be about in these worlds. */
const LETTERS: ReadonlySet<string> = new Set([
  'not-found',
  'already-exists',
  'conflict',
  'invalid',
  'payload-too-large',
  // Where retries are bounded.
  'unavailable',
  'internal',
  'rate-limited',
  'timeout',
]);
/** Events of a whole history; the usual is a thousand. */
const MOST_EVENTS = 30_000;
/** Virtual ms in which a healed world must rest. */
const REST = 3 * 60_000;

export interface Outcome {
  /** Empty when all is well. */
  violations: Violation[];
  trace: string;
  lines: string[];
  acknowledged: number;
  requests: number;
  steps: number;
  /** Virtual ms that it took. */
  time: number;
  faults: Map<string, number>;
}

export interface HistoryOptions {
  backend?: Backend;
  collections?: readonly string[];
  /** Keeps the trace's lines. */
  readable?: boolean;
}

export async function runHistory(
  subject: Subject,
  plan: Plan,
  { backend, collections = ROWS, readable = false }: HistoryOptions = {},
): Promise<Outcome> {
  const world = new World(
    subject,
    backend ?? modelBackend(subject, plan.onDisk),
    plan,
    collections,
    readable,
  );
  const history = new History(world);
  try {
    await history.run();
  } catch (error) {
    world.report(
      'harness',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
  for (const device of world.devices) for (const app of device.open) device.kill(app);
  await world.backend.end();
  return {
    violations: world.violations,
    trace: world.trace,
    lines: world.lines ?? [],
    acknowledged: world.counts.acknowledged,
    requests: world.counts.requests,
    steps: world.scheduler.steps,
    time: world.scheduler.now,
    faults: world.counts.faults,
  };
}

class History {
  constructor(private readonly world: World) {}

  async run(): Promise<void> {
    await this.#faults();
    this.#heal();
    // Tabs that were frozen have to hear first of what they missed.
    await this.#pass(3_000);
    // One that was frozen while it closed is gone by now.
    for (const device of this.world.devices) if (!device.open.length) device.openTab(0);
    // A tab that leads again has to look what has become of the server first.
    const led = () => this.world.devices.every((device) => device.open.some(leads));
    await this.#until('everything is sent', () => led() && this.#apps().every(sent));
    for (const finish of this.world.afterFaults) finish();
    this.#checkFates();
    await this.#checkEvents();
    await this.#tidy();
    await this.#converge('every tab shows what the server has');
    this.#checkOwnRows();
    await this.#checkFields();
    await this.#reload();
    await this.#converge('every tab shows it after a reload, and a new device too');
    await this.#rest();
  }

  #apps(): App[] {
    return this.world.devices.flatMap((device) => device.open);
  }

  /** Runs for so long, or until something is found. */
  async #pass(ms: number): Promise<void> {
    const { scheduler, violations } = this.world;
    let over = false;
    const end = scheduler.after(ms, () => (over = true));
    const spins = () => scheduler.steps > MOST_EVENTS;
    await scheduler.run(() => over || violations.length > 0 || spins());
    end.cancel();
    if (spins()) this.world.report('spinning', `more than ${MOST_EVENTS} events: ${this.#why()}`);
  }

  async #faults(): Promise<void> {
    const { world } = this;
    for (const step of world.plan.steps) world.scheduler.after(step.at, () => perform(world, step));
    await this.#pass(world.plan.length);
  }

  #heal(): void {
    const { server, devices } = this.world;
    this.world.note(() => 'healing begins');
    server.downUntil = server.busyUntil = 0;
    for (const device of devices) {
      const { network, disk } = device;
      network.faults.length = 0;
      network.blackHoleUntil = network.signedOutUntil = 0;
      disk.fullUntil = disk.failsUntil = disk.losesAnswersUntil = 0;
      for (const app of device.open) thaw(device, app);
      // The user reloads tabs that say that they are of an old version.
      for (const app of device.open) if (app.version < device.version) device.kill(app);
      network.setOnline(true);
      if (!device.open.length) device.openTab(0);
    }
  }

  /** Waits until something holds; past the deadline that is a finding. */
  async #until(what: string, holds: () => boolean, deadline = DEADLINE): Promise<void> {
    const { world } = this;
    const { now } = world.scheduler;
    for (let wait = 200; !holds() && !world.violations.length; wait = Math.min(wait * 1.5, 5_000)) {
      if (world.scheduler.now > now + deadline)
        return world.report(
          'not healed',
          `not within ${deadline / 60_000} min: ${what}; ${this.#why()}`,
        );
      await this.#pass(wait);
    }
  }

  #why(): string {
    return this.#apps()
      .map(({ tab, engine }) => `${tab.name} ${JSON.stringify(engine.getStatus())}`)
      .join(' ');
  }

  #checkFates(): void {
    const { world } = this;
    if (world.violations.length) return;
    for (const write of world.ledger.writes)
      if (write.acked !== null && this.#lost(write))
        world.report('lost', `${write.token} was acknowledged and is nowhere: ${describe(write)}`);
    for (const { tab, engine, evicted } of this.#apps())
      for (const { entity, key, problem } of engine.failed())
        // What a frozen tab remembered of a lost database may have been sent, and changed since.
        if (!LETTERS.has(problem.code) && !(problem.code === 'id-reused' && evicted))
          world.report('letter', `${tab.name} has ${problem.code} for ${entity}/${key}`);
  }

  /** What a server lost that had said how much of it was sure is offered again. */
  #lost(write: Write): boolean {
    const { plan } = this.world;
    const fate = this.world.fate(write);
    if (fate !== 'rolled back with the server') return !fate;
    // Somebody else's row under the same id counts as this one, brought back by another device.
    // Offered again, it lost against what is there now, as its strategy says.
    if (this.world.overruled(write)) return false;
    // Whoever had deleted the row since offers that again, too.
    if (this.world.deletedBefore.has(write.token)) return false;
    // Its writer was told.
    if (write.synced === 'overruled' || write.synced === 'rejected') return false;
    if (plan.onDisk || write.op === 'delete' || this.world.remade(write)) return false;
    // Given up on, and then seen in the server's row: nobody keeps it until the server is sure of it.
    if (plan.maxRetries !== undefined) return false;
    return !this.world.devices[write.device]!.evicted;
  }

  /** Each event counts once. */
  async #checkEvents(): Promise<void> {
    const { world } = this;
    const written = new Set(world.ledger.writes.map(({ key }) => key));
    const events = await world.backend.events();
    for (const id of events)
      if (!written.has(id))
        world.report('twice', `the event ${id} was never recorded under that id`);
    if (new Set(events).size < events.length) world.report('twice', 'an event counts twice');
  }

  /** Somebody looks after what waits for a person, until nothing does. */
  async #tidy(): Promise<void> {
    const { world } = this;
    for (let round = 0; round < 20 && !world.violations.length; round++) {
      let left = 0;
      for (const device of world.devices) {
        const app = device.open[0]!;
        const letters = app.engine.failed();
        left += letters.length + app.engine.conflicts().length;
        for (const { id, entity, key } of letters) {
          const decided = world.ledger.decide(
            device.n,
            (write) => write.collection === entity && write.key === key,
          );
          await this.#finish(app.engine.discard(id));
          decided();
        }
        await this.#finish(resolveFirst(world, device, app));
      }
      if (!left) return;
      await this.#until('everything is sent again', () => this.#apps().every(sent));
    }
    if (!world.violations.length) world.report('not healed', `letters come again: ${this.#why()}`);
  }

  async #finish(work: Promise<unknown>): Promise<void> {
    let over = false;
    const end = () => (over = true);
    work.then(end, end);
    await this.world.scheduler.run(() => over || this.world.violations.length > 0);
  }

  async #converge(what: string): Promise<void> {
    const { world } = this;
    if (world.violations.length) return;
    await world.observe();
    const rows = await world.backend.rows();
    const expected = new Map(
      world.collections.map((name) => [
        name,
        listed(
          rows
            .filter(({ collection, value }) => collection === name && value)
            .map(({ key, value }) => ({ ...value, id: key })),
        ),
      ]),
    );
    const different = (app: App) =>
      world.collections.find((name) => listed(app.rows(name)) !== expected.get(name));
    await this.#until(what, () => this.#apps().every((app) => rested(app) && !different(app)));
    if (!world.violations.length) return;
    for (const app of this.#apps()) {
      const name = different(app);
      if (name)
        world.report(
          'diverged',
          `${app.tab.name} shows ${name} ${listed(app.rows(name))}; the server has ${expected.get(name)}`,
        );
    }
  }

  /** Rows that only one place for tabs writes must be exactly what it made of them. */
  #checkOwnRows(): void {
    const { world } = this;
    if (world.violations.length || world.restored || world.plan.maxRetries !== undefined) return;
    const own = new Map<string, Write[]>();
    for (const write of world.ledger.writes)
      if (write.key.startsWith('own-')) own.set(addressOf(write), world.ledger.row(write));
    for (const [address, writes] of own) {
      const device = world.devices[writes[0]!.device]!;
      if (device.evicted || device.ambiguous) continue;
      const certain = writes.every(
        (write) => !world.ledger.givenUp(write) && (write.acked !== null || write.refused !== null),
      );
      if (!certain) continue;
      const row = outcomeOf(writes);
      const [collection = '', key = ''] = address.split('/');
      const app = device.open[0]!;
      const seen = app.engine.collection(collection).get(key);
      const shown = seen ? canonical({ ...seen, ...untyped }) : 'nothing';
      const right = row ? canonical({ ...row, ...untyped, id: key }) : 'nothing';
      if (shown !== right)
        world.report('own row', `${address} became ${shown}; its only writer made ${right}`);
    }
  }

  /** A counter is the sum of what was added to it, a set has all that was. */
  async #checkFields(): Promise<void> {
    const { world } = this;
    if (world.violations.length) return;
    const { additions } = world.ledger;
    for (const { collection, key, value } of await world.backend.rows()) {
      const tokens = tokensIn(value);
      const added = tokens.reduce((sum, token) => sum + (additions.get(token)?.likes ?? 0), 0);
      const likes = Number(value?.['likes'] ?? 0);
      // Of a row that several devices give back to a restored server, none knows what the other's
      // holds already. Where a row begins anew on both sides, nobody can tell where the count of
      // the other began.
      // A tab that slept while the database was deleted remembers a change as it was first offered,
      // not as it went after a conflict.
      const slept = world.ledger
        .row({ collection, key })
        .some(({ device }) => world.devices[device]!.evicted);
      const known =
        (!world.restored || key.startsWith('own-')) && !world.remade({ collection, key }) && !slept;
      if (known && collection === 'tasks' && likes !== added)
        world.report('counter', `tasks/${key} counts ${likes}, not ${added}`);
      const tags = new Set((value?.['tags'] as string[] | undefined) ?? []);
      const missing = tokens.filter((token) => additions.get(token)?.tag && !tags.has(token));
      if (collection === 'docs' && missing.length)
        world.report('set', `docs/${key} has ${[...tags].join()} without ${missing.join()}`);
    }
  }

  /** What is on the disk must be what was shown; and a new device must get everything. */
  async #reload(): Promise<void> {
    const { world } = this;
    if (world.violations.length) return;
    for (const device of world.devices) {
      for (const app of device.open) {
        await this.#finish(app.engine.close());
        device.kill(app);
      }
      device.openTab(0);
    }
    world.addDevice().openTab(0);
  }

  /** A healed world has nothing to do but to look now and then. */
  async #rest(): Promise<void> {
    const { world } = this;
    if (world.violations.length) return;
    const { requests } = world.counts;
    await this.#pass(REST);
    const more = world.counts.requests - requests;
    const most = world.devices.length * 8;
    if (more > most) world.report('restless', `${more} requests in ${REST / 60_000} min at rest`);
    for (const app of this.#apps()) if (!rested(app)) world.report('restless', this.#why());
  }
}

/** Counted on a row that was refused, they are not what was written: `#checkFields` looks at them. */
const untyped = { likes: 0, tags: [] };

/** Nothing to send but what waits for a person, or behind what does. */
function sent({ engine, opened }: App): boolean {
  if (!opened || engine.getStatus().status !== 'idle') return false;
  const mutations = engine.exportPending();
  const held = new Set(
    mutations.filter(({ problem, conflict }) => problem ?? conflict).map(addressOf),
  );
  // Notes wait for their tasks, and tasks go after their notes; which for which is tested elsewhere.
  const related = mutations.some((m) => isRelated(m) && held.has(addressOf(m)));
  return mutations.every(
    (m) => m.problem ?? m.conflict ?? (held.has(addressOf(m)) || (related && isRelated(m))),
  );
}

function leads({ engine }: App): boolean {
  return engine.getStatus().leader;
}

function addressOf({ collection, key }: { collection: string; key: string }): string {
  return `${collection}/${key}`;
}

function rested(app: App): boolean {
  const { engine } = app;
  const { pending, failed, conflicts } = engine.getStatus();
  return (
    sent(app) && pending === 0 && failed === 0 && conflicts === 0 && engine.getQueueLength() === 0
  );
}

function describe({ op, collection, key, device, slot, synced, asked }: Write): string {
  return `${op} ${collection}/${key} by d${device}s${slot} at ${Math.round(asked)} ms, receipt: ${synced}`;
}

function listed(rows: readonly object[]): string {
  return rows.map(canonical).sort().join(' ');
}

/** JSON with members in the order of their names. */
function canonical(row: object): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/** The row that a single writer's acknowledged writes make. */
function outcomeOf(writes: readonly Write[]): object | null {
  return writes
    .filter(({ acked }) => acked !== null)
    .reduce<object | null>((row, { op, content }) => {
      if (op === 'delete') return null;
      return op === 'create' ? content : { ...row, ...content };
    }, null);
}
