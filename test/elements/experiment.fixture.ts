/** Real clients on an engine in memory, for the elements of experiments. */
import { createExperiments } from '../../src/experiments/client.js';
import type { ExperimentsOptions } from '../../src/experiments/experiments.js';
import type { ExperimentConfig } from '../../src/experiments/model.js';
import { createSyncEngine, memoryStorage } from '../../src/sync/index.js';

/** An experiment that gives everybody the variant named, or the last one. */
export function experiment(
  key: string,
  { shows, ...more }: Partial<ExperimentConfig> & { shows?: string } = {},
): ExperimentConfig {
  const variants = more.variants ?? ['control', 'bold'].map((name) => ({ key: name, weight: 0 }));
  const chosen = variants.find((one) => one.key === shows) ?? variants.at(-1)!;
  return {
    key,
    status: 'running',
    phase: 1,
    hashAttribute: 'id',
    hashVersion: 3,
    seed: key,
    coverage: 1,
    ...more,
    variants: variants.map((one) => ({ ...one, weight: one === chosen ? 1 : 0 })),
  };
}

const open: { close(): Promise<void> }[] = [];

/** A client whose configuration a test can replace, as a fetch would. */
export function client(experiments: ExperimentConfig[], more: Partial<ExperimentsOptions> = {}) {
  const sync = createSyncEngine({
    storage: memoryStorage(),
    transport: { push: () => new Promise(() => {}), async *pull() {} },
    entities: { exposures: { append: 'keep' }, conversions: { append: 'forget' } },
  });
  open.push(sync);
  const kept = new Map<string, string>();
  const cached = JSON.stringify({ experiments });
  kept.set('bytelyst-experiments:/v1/config', cached);
  let answer: (response: Response) => void;
  const made = createExperiments({
    sync,
    configUrl: '/v1/config',
    attributes: { id: 'visitor' },
    decisions: null,
    fetch: () => new Promise((resolve) => (answer = resolve)),
    cache: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, text) => void kept.set(key, text),
      removeItem: (key) => void kept.delete(key),
    },
    ...more,
  });
  return {
    client: made,
    /** A newer configuration comes. */
    async replace(next: ExperimentConfig[]): Promise<void> {
      const told = new Promise<void>((resolve) => {
        const stop = made.subscribe(() => {
          stop();
          resolve();
        });
      });
      answer(new Response(JSON.stringify({ experiments: next })));
      await told;
    },
    /** Experiments and variants of which there are exposures. */
    async exposures(): Promise<string[]> {
      await made.settled();
      const rows = sync.collection('exposures').query().get();
      return rows.map((row) => `${String(row['experiment'])} ${String(row['variant'])}`).sort();
    },
  };
}

export async function closeClients(): Promise<void> {
  await Promise.all(open.splice(0).map((engine) => engine.close()));
}

/** What `console.warn` was told while `body` ran. */
export async function warnings(body: () => Promise<unknown>): Promise<string[]> {
  const said: string[] = [];
  const { warn } = console;
  console.warn = (...parts) => void said.push(parts.join(' '));
  try {
    await body();
  } finally {
    console.warn = warn;
  }
  return said;
}
