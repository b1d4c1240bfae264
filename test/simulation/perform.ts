/** Does one step of a plan to a world. */
import type { App } from './app.js';
import { EVENTS, isEvent } from './collections.js';
import type { Device } from './device.js';
import { tokensIn } from './ledger.js';
import type { Step } from './plan.js';
import type { World } from './world.js';

export function perform(world: World, step: Step): void {
  const { scheduler, server, backend } = world;
  const { now } = scheduler;
  world.note(() => `step ${JSON.stringify(step)}`);
  switch (step.do) {
    case 'others-write':
      return scheduler.hold(
        step.changes.reduce(
          (before, change) => before.then(() => world.othersWrite(change)),
          Promise.resolve(),
        ),
      );
    case 'server-restarts':
      world.count('server restarted');
      server.life++;
      server.downUntil = now + step.ms;
      for (const { network } of world.devices) network.cutLive();
      return;
    case 'server-busy':
      server.busyUntil = now + step.ms;
      server.retryAfter = step.retryAfter;
      return;
    case 'backup':
      backend.backup();
      return world.journal.backup();
    case 'restore':
      world.count('server restored');
      server.life++;
      backend.restore();
      world.restore();
      for (const { network } of world.devices) network.cutLive();
      return scheduler.hold(world.observe());
  }

  const device = world.devices[step.device];
  if (!device) return;
  const { network, disk } = device;
  switch (step.do) {
    case 'request-fault':
      network.faults.push(step.fault);
      return;
    case 'cut-live':
      world.count('live cut');
      return network.cutLive();
    case 'offline':
      world.count('offline');
      network.setOnline(false);
      scheduler.after(step.ms, () => network.setOnline(true));
      return;
    case 'black-hole':
      network.blackHoleUntil = now + step.ms;
      return;
    case 'session-ends':
      network.signedOutUntil = now + step.ms;
      return;
    case 'disk-full':
      disk.fullUntil = now + step.ms;
      return;
    case 'disk-fails':
      disk.failsUntil = now + step.ms;
      return;
    case 'disk-answer-lost':
      device.ambiguous = true;
      disk.losesAnswersUntil = now + step.ms;
      return;
    case 'clock-jumps':
      world.count('clock jumped');
      device.skew += step.ms;
      // By that clock any time that a server named has come, or never will.
      for (const { tab } of device.apps) world.traffic.forget(tab);
      return;
    case 'steal-lock':
      if (device.browser.steal()) world.count('lock stolen');
      return;
    case 'power-cut':
      world.count('power cut');
      return scheduler.hold(device.cutPower());
    case 'upgrade':
      world.count('app upgraded');
      device.version = 2;
      device.openTab([0, 1, 2, 3].find((slot) => !device.at(slot)) ?? 4);
      return;
    case 'evict':
      return evict(world, device);
    case 'open':
      if (!device.at(step.slot)) device.openTab(step.slot);
      return;
  }

  const app = device.at(step.slot);
  if (!app) return;
  switch (step.do) {
    case 'thaw':
      if (app.tab.frozen) thaw(device, app);
      return;
    case 'crash':
      world.count('tab crashed');
      return device.kill(app);
    case 'background':
      return network.tell('background', app.tab);
    case 'leave':
      world.count('page left');
      network.tell('hidden', app.tab);
      scheduler.after(8, () => device.kill(app));
      return;
    case 'freeze':
      world.count('tab frozen');
      // Some browsers say so first.
      if (!step.told) app.tab.frozen = true;
      else {
        network.tell('hidden', app.tab);
        // Not once the world heals.
        scheduler.after(8, () => (app.tab.frozen = scheduler.now < world.plan.length));
      }
      return;
  }
  if (app.tab.frozen) return;
  switch (step.do) {
    case 'write':
      return app.write(step.changes);
    case 'close':
      // Closing waits for the disk; then the tab is gone.
      void app.engine.close().then(() => device.kill(app));
      return;
    case 'flush':
      void app.engine.fullSync().catch((error: unknown) => {
        world.report('flush', `${app.tab.name} fullSync rejected: ${String(error)}`);
      });
      return;
    case 'reprocess':
      void done(world, app.engine.reprocessFailed());
      return;
    case 'clear':
      void decide(world, device, app.engine.clearQueue(), () => true);
      return;
    case 'forget':
      void decide(world, device, app.engine.forget(EVENTS), ({ collection }) =>
        isEvent(collection),
      );
      return;
    case 'discard': {
      const letter = app.engine.failed()[0];
      if (!letter) return;
      const tokens = new Set(tokensIn(letter.data as object | null));
      // What was written on one that was given up on is behind it, and goes with it.
      const whole = isEvent(letter.entity) || letter.problem.retryable;
      void decide(world, device, app.engine.discard(letter.id), ({ token, op, collection, key }) =>
        op === 'delete' || whole
          ? collection === letter.entity && key === letter.key
          : tokens.has(token),
      );
      return;
    }
    case 'resolve':
      void resolveFirst(world, device, app);
      return;
  }
}

export function thaw({ network }: Device, { tab }: App): void {
  tab.thaw();
  network.tell('shown', tab);
}

/** A person takes the row of one side, as often ours as theirs. */
export function resolveFirst(world: World, device: Device, app: App): Promise<void> {
  const [parked] = app.engine.conflicts();
  if (!parked) return Promise.resolve();
  const { id, collection, key, local, remote } = parked;
  const row = id.charCodeAt(id.length - 1) % 2 ? local : remote;
  return decide(
    world,
    device,
    app.engine.resolve(id, row),
    (write) => write.collection === collection && write.key === key,
  );
}

/** Until it is done, what it is about may change: all that was asked for before counts as decided. */
function decide(
  world: World,
  device: Device,
  work: Promise<void>,
  which: Parameters<World['ledger']['decide']>[1],
): Promise<void> {
  const decided = world.ledger.decide(device.n, which);
  return done(world, work).then(decided);
}

/** Refused is what the disk refuses; nobody has to hear of it here. */
function done(world: World, work: Promise<void>): Promise<void> {
  return work.catch((error: { code?: string }) => world.note(() => `not done: ${error.code}`));
}

/** What no living tab holds is lost with the database, and nobody can help it. */
function evict(world: World, device: Device): void {
  world.count('database evicted');
  device.evicted = true;
  const held = device.open.map((app) => {
    const pending = app.engine.exportPending();
    const deletes = pending.filter(({ op }) => op === 'delete');
    return {
      app,
      tokens: new Set(pending.flatMap(({ value, patch }) => tokensIn(value ?? patch))),
      deleted: new Set(deletes.map(({ collection, key }) => `${collection}/${key}`)),
    };
  });
  world.scheduler.hold(device.disk.evict());
  for (const write of world.ledger.writes) {
    if (write.device !== device.n) continue;
    write.endangered = true;
    // Deletes bear no token. The tab that asked for one may not show it yet, and one that was opened in
    // its place never will; one that was frozen since before holds much, but not what it has never
    // heard of.
    const holders = held.filter(({ app, tokens, deleted }) =>
      write.op === 'delete'
        ? (app.slot === write.slot && app.tab.opened <= write.asked) ||
          deleted.has(`${write.collection}/${write.key}`)
        : tokens.has(write.token),
    );
    world.afterFaults.push(() => {
      write.evicted ||= !holders.some(({ app }) => app.alive);
    });
  }
}
