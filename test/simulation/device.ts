/** A device: one disk, one network, one browser with tabs, and a clock that may be wrong. */
import { App } from './app.js';
import { Browser } from './browser.js';
import { VirtualDisk } from './disk.js';
import { VirtualNetwork } from './network.js';
import { Rng } from './random.js';
import type { World } from './world.js';

export class Device {
  readonly disk: VirtualDisk;
  readonly network: VirtualNetwork;
  readonly browser: Browser;
  readonly apps: App[] = [];
  /** Virtual ms at which it deleted rows; -Infinity for those it had not seen. */
  readonly deletions = new Map<string, number>();
  /** Tokens that some tab of it has shown. */
  readonly seen = new Set<string>();
  /** Its browser deleted the database at least once; its disk did what it said it had not. */
  evicted = false;
  /** Of the app that new tabs load. */
  version = 1;
  ambiguous = false;
  #opened = 0;

  constructor(
    private readonly world: World,
    readonly n: number,
    /** ms that its clock is off. */
    public skew: number,
  ) {
    const { subject, scheduler, plan } = world;
    const rng = (what: string) => new Rng(plan.seed, `${what} ${n}`);
    const count = (fault: string) => world.count(fault);
    this.disk = new VirtualDisk(subject, scheduler, rng('disk'), count);
    this.network = new VirtualNetwork(
      scheduler,
      rng('network'),
      n,
      world.server,
      count,
      world.traffic,
    );
    this.browser = new Browser(scheduler, rng('browser'));
  }

  get open(): App[] {
    return this.apps.filter(({ alive }) => alive);
  }

  at(slot: number): App | undefined {
    return this.open.find((app) => app.slot === slot);
  }

  openTab(slot: number): App {
    const name = `d${this.n}s${slot}#${++this.#opened}`;
    const app = new App(this.world, this, slot, name, this.version);
    this.apps.push(app);
    return app;
  }

  /** The tab is gone from one moment to the next, whatever it was doing. */
  kill(app: App): void {
    app.tab.dead = true;
    this.browser.forget(app.tab);
  }

  async cutPower(): Promise<void> {
    for (const app of this.open) this.kill(app);
    await this.disk.cutPower();
  }
}
