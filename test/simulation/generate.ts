/**
 * A history from a seed. Each seed leaves out some kinds of trouble (swarm testing, Groce et al.,
 * 2012): a fault that always happens hides what only shows without it.
 */
import { EVENTS, ROWS } from './collections.js';
import type { Action, Change, Plan, RequestFault, Step } from './plan.js';
import { Rng } from './random.js';

const REQUEST_FAULTS: readonly RequestFault[] = [
  'drop-request',
  'drop-response',
  'drop-response',
  'cut-body',
  'cut-body-quietly',
  'duplicate',
  'late-duplicate',
  'slow',
  'hang',
  'http-500',
  'http-503',
  'http-429',
  'http-413',
  'http-502-after',
  'proxy-page',
];

/** How often each kind of step comes, where the seed has it at all. */
const WEIGHTS = {
  write: 30,
  'others-write': 8,
  'request-fault': 14,
  offline: 3,
  'black-hole': 1.5,
  'cut-live': 1,
  open: 4,
  close: 1.5,
  crash: 3,
  leave: 2,
  background: 2,
  freeze: 2,
  thaw: 3,
  'steal-lock': 1,
  'power-cut': 1,
  upgrade: 0.6,
  evict: 0.4,
  'disk-full': 1,
  'disk-fails': 1,
  'disk-answer-lost': 1,
  'clock-jumps': 1,
  'server-restarts': 1.5,
  'server-busy': 1,
  'session-ends': 1,
  backup: 1.5,
  restore: 0.7,
  discard: 0.7,
  reprocess: 0.7,
  resolve: 1.2,
  clear: 0.3,
  forget: 0.5,
  flush: 2,
} as const;

/** ms at most between two steps. */
const PAUSES = { burst: 25, moment: 1_500, rest: 40_000 } as const;

/** Never left out: without them nothing happens. */
const ALWAYS: ReadonlySet<string> = new Set(['write', 'others-write', 'open', 'thaw']);

export interface Limits {
  /** The row collections that the server knows. */
  collections?: readonly string[];
  /** Kinds of steps that this world can't do. */
  without?: readonly string[];
}

export function generate(seed: number, { collections = ROWS, without = [] }: Limits = {}): Plan {
  const rng = new Rng(seed, 'plan');
  const devices = Array.from(
    { length: 1 + rng.below(3) },
    () => 1 + rng.below(rng.chance(0.2) ? 4 : 2),
  );
  const skews = devices.map(() =>
    rng.chance(0.5) ? 0 : Math.round(rng.between(-5, 5) * 86_400_000),
  );
  const weights: Record<string, number> = {};
  for (const [kind, weight] of Object.entries(WEIGHTS))
    weights[kind] = without.includes(kind) || (!ALWAYS.has(kind) && rng.chance(0.4)) ? 0 : weight;
  const maker = new Maker(rng, devices, weights, collections);

  const steps: Step[] = [];
  let at = 0;
  for (let slot = 0; slot < 4; slot++)
    devices.forEach((slots, device) => {
      if (slot < slots && (slot === 0 || rng.chance(0.7)))
        steps.push({ at: (at += rng.between(0, 40)), do: 'open', device, slot });
    });
  const count = 15 + rng.below(45);
  for (let i = 0; i < count; i++) {
    // Bursts, with rests between them in which timers come due.
    at += rng.between(0, PAUSES[rng.weighted({ burst: 6, moment: 3, rest: 1 } as const)]);
    steps.push({ at: Math.round(at * 1000) / 1000, ...maker.action() });
  }
  return {
    seed,
    devices,
    skews,
    ...(rng.chance(0.12) && { maxRetries: 1 + rng.below(4) }),
    onDisk: rng.chance(0.5),
    locks: rng.chance(0.85),
    length: at + rng.between(0, 5_000),
    steps,
  };
}

class Maker {
  readonly #collections: string[];
  readonly #keys = ['a', 'b', 'c', 'd'];

  constructor(
    private readonly rng: Rng,
    private readonly devices: readonly number[],
    private readonly weights: Readonly<Record<string, number>>,
    collections: readonly string[],
  ) {
    // Few at a time, so that sides meet.
    this.#collections = collections.filter(() => rng.chance(0.5));
    if (!this.#collections.length) this.#collections = [rng.pick(collections)];
    this.#keys.length = 1 + rng.below(4);
  }

  action(): Action {
    const { rng } = this;
    const device = rng.below(this.devices.length);
    const slot = rng.below(this.devices[device]!);
    const kind = rng.weighted(this.weights) as Action['do'];
    switch (kind) {
      case 'write':
        return { do: kind, device, slot, changes: this.#changes(device, slot) };
      case 'others-write':
        return { do: kind, changes: this.#shared(1 + rng.below(3)) };
      case 'request-fault':
        return { do: kind, device, fault: rng.pick(REQUEST_FAULTS) };
      case 'offline':
      case 'black-hole':
      case 'session-ends':
        return { do: kind, device, ms: Math.round(rng.between(50, 20_000)) };
      case 'disk-full':
      case 'disk-fails':
      case 'disk-answer-lost':
        return { do: kind, device, ms: Math.round(rng.between(5, 3_000)) };
      case 'clock-jumps':
        return { do: kind, device, ms: Math.round(rng.between(-3, 3) * 86_400_000) };
      case 'server-restarts':
        return { do: kind, ms: Math.round(rng.between(0, 8_000)) };
      case 'server-busy': {
        const retryAfter = rng.chance(0.5) ? null : 1 + rng.below(20);
        return { do: kind, ms: Math.round(rng.between(50, 5_000)), retryAfter };
      }
      case 'cut-live':
      case 'power-cut':
      case 'upgrade':
      case 'evict':
      case 'steal-lock':
        return { do: kind, device };
      case 'freeze':
        return { do: kind, device, slot, told: rng.chance(0.3) };
      case 'backup':
      case 'restore':
        return { do: kind };
      default:
        return { do: kind, device, slot };
    }
  }

  #changes(device: number, slot: number): Change[] {
    const { rng } = this;
    const many = rng.chance(0.2) ? 2 + rng.below(rng.chance(0.2) ? 20 : 4) : 1;
    switch (rng.weighted({ shared: 6, own: 3, event: 1 } as const)) {
      case 'shared':
        return this.#shared(many);
      case 'own':
        // A row that nobody else writes: what it must become is known exactly.
        return Array.from({ length: many }, () => {
          const collection = rng.pick(this.#collections);
          const key = `own-${device}-${slot}-${rng.below(2)}`;
          return { ...this.#change(collection, key), bad: false };
        });
      case 'event':
        return Array.from({ length: many }, () => ({
          collection: rng.pick(EVENTS),
          key: `e${Math.floor(rng.next() * 2 ** 32)}`,
          op: 'create',
        }));
    }
  }

  #shared(count: number): Change[] {
    const { rng } = this;
    return Array.from({ length: count }, () =>
      this.#change(rng.pick(this.#collections), rng.pick(this.#keys)),
    );
  }

  #change(collection: string, key: string): Change {
    const { rng } = this;
    const op = rng.weighted({ put: 7, create: 1, update: 1, delete: 1.2 } as const);
    return {
      collection,
      key,
      op,
      ...(rng.chance(0.5) && { title: true }),
      ...(op !== 'delete' && rng.chance(0.06) && { bad: true }),
      ...(rng.chance(0.4) && { n: rng.below(6) }),
      ...(rng.chance(0.3) && { done: rng.chance(0.5) }),
      ...(collection === 'tasks' && rng.chance(0.5) && { likes: 1 + rng.below(3) }),
      ...(collection === 'docs' && rng.chance(0.4) && { tag: true }),
      ...(collection === 'notes' && { task: rng.pick(this.#keys) }),
    };
  }
}
