/**
 * Where the dashboard's rows come from: an engine, its own or the app's, or plain arrays. What
 * reads it sees arrays either way.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Experiment, Metric, Results } from '../../experiments/model.js';
import type { SyncEngine } from '../../sync/index.js';
import type { Collection, SyncStatus } from '../../sync/types.js';
import { readable, type Rows } from './readable.js';

/** What the dashboard needs of an engine. */
export type DashboardSync = Pick<SyncEngine, 'collection' | 'status' | 'ready' | 'fullSync'>;

/** The collections that the engine must have. */
export const COLLECTIONS = ['experiments', 'metrics', 'results'] as const;

export interface Data extends Rows {
  /** Whether the rows can be shown, are on their way, or cannot be had. */
  state: 'loading' | 'ready' | 'failed';
  /** Keys of experiments with changes that the server has not accepted yet. */
  pending: ReadonlySet<string>;
  /** Where changes go; null where the rows were given and can only be read. */
  collection: Collection<Experiment> | null;
  status: SyncStatus | null;
  /** Why the rows cannot be had. */
  error: unknown;
}

const NOTHING: Data = {
  state: 'loading',
  experiments: [],
  metrics: [],
  results: [],
  pending: new Set(),
  collection: null,
  status: null,
  error: null,
};

/** Follows one source and redraws its host when a row or the status changes. */
export class Source implements ReactiveController {
  data: Data = NOTHING;
  #sync: DashboardSync | null = null;
  #stop: (() => void)[] = [];
  #readable = false;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  /** Follows an engine from now on; null follows nothing. */
  follow(sync: DashboardSync | null): void {
    if (sync !== null && sync === this.#sync) return;
    this.#unsubscribe();
    this.#sync = sync;
    this.#readable = false;
    this.data = NOTHING;
    this.#subscribe();
  }

  /** Shows these rows, which nothing changes. */
  show(rows: Rows): void {
    this.follow(null);
    this.data = { ...NOTHING, ...readable(rows), state: 'ready' };
  }

  hostConnected(): void {
    this.#subscribe();
  }

  hostDisconnected(): void {
    this.#unsubscribe();
  }

  #subscribe(): void {
    const sync = this.#sync;
    if (!sync || this.#stop.length > 0) return;
    // The same queries for as long as it follows: they keep unchanged results the same object.
    const experiments = sync.collection<Experiment>('experiments').query();
    const metrics = sync.collection<Metric>('metrics').query();
    const results = sync.collection<Results>('results').query();
    const read = () =>
      this.#read(sync, {
        experiments: experiments.get(),
        metrics: metrics.get(),
        results: results.get(),
      });
    this.#stop = [experiments, metrics, results, sync.status].map((one) => one.subscribe(read));
    sync.ready.then(
      () => {
        this.#readable = true;
        if (sync === this.#sync) read();
      },
      (error: unknown) => {
        if (sync !== this.#sync) return;
        this.data = { ...NOTHING, state: 'failed', error };
        this.host.requestUpdate();
      },
    );
  }

  #unsubscribe(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  #read(sync: DashboardSync, given: Rows): void {
    const collection = sync.collection<Experiment>('experiments');
    const rows = readable(given);
    const { experiments } = rows;
    const status = sync.status.get();
    const pending = experiments.filter(({ id }) => collection.isPending(id)).map(({ id }) => id);
    this.data = {
      state: this.#readable ? stateOf(experiments, status) : 'loading',
      ...rows,
      pending: sameSet(this.data.pending, pending),
      collection,
      status,
      error: status.lastError,
    };
    this.host.requestUpdate();
  }
}

/** An empty device that never reached the server has nothing to say about the experiments. */
function stateOf(experiments: readonly Experiment[], status: SyncStatus): Data['state'] {
  if (experiments.length > 0 || status.lastSyncedAt !== null) return 'ready';
  return status.status === 'idle' || status.status === 'syncing' ? 'loading' : 'failed';
}

/** The same object while its members are the same, so that nothing is redrawn for it. */
function sameSet(set: ReadonlySet<string>, members: readonly string[]): ReadonlySet<string> {
  return members.length === set.size && members.every((member) => set.has(member))
    ? set
    : new Set(members);
}
