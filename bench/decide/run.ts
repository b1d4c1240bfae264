/**
 * `npm run bench -- decide`: what a decision takes, beside GrowthBook's own SDK in the same run.
 * For development, `--quick`: short, nothing is written to the docs.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { GrowthBookClient } from '@growthbook/growthbook';
import { importGrowthBook } from '../../src/experiments/growthbook/index.js';
import { createExperiments, decide, type ExperimentConfig } from '../../src/experiments/index.js';
import { createSyncEngine, memoryStorage } from '../../src/sync/index.js';
import { machine, writeSection } from '../report.js';

// GrowthBook's SDK logs every step where it is not in production.
process.env.NODE_ENV = 'production';

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
const ROUNDS = quick ? 5 : 21;
const ROUND_MS = quick ? 50 : 200;

const condition = { country: { $in: ['NL', 'BE'] }, age: { $gte: 18 } };
const experiments = Array.from({ length: 100 }, (_, i): ExperimentConfig => ({
  key: `experiment-${i}`,
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: `experiment-${i}`,
  coverage: 1,
  condition,
  variants: [
    { key: 'control', weight: 0.5 },
    { key: 'treatment', weight: 0.5 },
  ],
}));
const { condition: _, ...simple } = experiments[0]!;
const variations: [string, string] = ['control', 'treatment'];
const theirs = experiments.map(({ key }) => ({ key, variations, condition, hashVersion: 2 }));
const features = Object.fromEntries(
  theirs.map(({ key, ...rule }) => [key, { defaultValue: 'control', rules: [{ ...rule, key }] }]),
);
const client = new GrowthBookClient().initSync({ payload: { features } });
const imported = importGrowthBook({ features });
const tracking = {
  ours: importGrowthBook({ features }, { track: () => {} }),
  theirs: new GrowthBookClient({ trackingCallback: () => {} }).initSync({ payload: { features } }),
};
const url = 'https://shop.example/cart?utm_source=newsletter';
const sync = createSyncEngine({
  storage: memoryStorage(),
  entities: {
    exposures: { append: 'keep' },
    conversions: { append: 'forget' },
    identifies: { append: 'keep' },
  },
  transport: { push: () => new Promise(() => {}), pull: async function* () {} },
});
const page = createExperiments({ sync, config: { experiments }, url, cache: undefined });
await page.ready;
const units = Array.from({ length: 1_000 }, (_, i) => ({
  id: `visitor-${i}`,
  country: 'NL',
  age: 20 + (i % 50),
}));

type Unit = (typeof units)[number];

/** One that was never met before. */
let met = 0;
const another = (unit: Unit): Unit => ({ ...unit, id: `visitor-${met++}` });

interface Work {
  title: string;
  /** µs. */
  goal?: number;
  ours(unit: Unit): unknown;
  peer(unit: Unit): unknown;
}

const works: Work[] = [
  {
    title: '`decide`, one experiment',
    goal: 0.5,
    ours: (unit) => decide(simple, unit),
    peer: (attributes) =>
      client.runInlineExperiment({ key: simple.key, variations, hashVersion: 2 }, { attributes }),
  },
  {
    title: '`decide`, 100 experiments with a condition each, for one unit',
    goal: 70,
    ours: (unit) => experiments.map((config) => decide(config, unit)),
    peer: (attributes) =>
      theirs.map((experiment) => client.runInlineExperiment(experiment, { attributes })),
  },
  {
    title:
      'the same as `createExperiments` decides them: with the page’s address, and looking for holdouts',
    goal: 70,
    ours: (unit) => experiments.map(({ key }) => page.peek(key, unit)),
    peer: (attributes) =>
      theirs.map((experiment) => client.runInlineExperiment(experiment, { attributes, url })),
  },
  {
    title: '`importGrowthBook`, the same 100 as features',
    ours: (unit) => theirs.map(({ key }) => imported.evaluateFeature(key, unit)),
    peer: (attributes) => theirs.map(({ key }) => client.evalFeature(key, { attributes })),
  },
  {
    title: 'the same with a tracking callback, 100 exposures of a unit that is new',
    ours(unit) {
      const attributes = another(unit);
      return theirs.map(({ key }) => tracking.ours.evaluateFeature(key, attributes));
    },
    peer(unit) {
      const attributes = another(unit);
      return theirs.map(({ key }) => tracking.theirs.evalFeature(key, { attributes }));
    },
  },
];

/** µs of the processor a call, over one round: what else the machine does counts for nobody. */
function measure(run: (unit: Unit) => unknown): number {
  let calls = 0;
  const start = process.cpuUsage();
  let spent = 0;
  while (spent < ROUND_MS * 1_000) {
    for (let i = 0; i < 100; i++) run(units[calls++ % units.length]!);
    const { user, system } = process.cpuUsage(start);
    spent = user + system;
  }
  return spent / calls;
}

interface Result {
  title: string;
  goal: number | undefined;
  ours: readonly number[];
  peer: readonly number[];
  /** The peer's median over ours. */
  ratio: number;
}

const results = works.map(({ title, goal, ours, peer }): Result => {
  const [mine, other]: [number[], number[]] = [[], []];
  // The first round warms up and does not count.
  for (let round = -1; round < ROUNDS; round++) {
    const [a, b] = [measure(ours), measure(peer)];
    if (round < 0) continue;
    mine.push(a);
    other.push(b);
  }
  const result = { title, goal, ours: mine, peer: other, ratio: median(other) / median(mine) };
  console.log(rowOf(result).join(' | '));
  return result;
});

const { version } = JSON.parse(
  readFileSync('node_modules/@growthbook/growthbook/package.json', 'utf8'),
) as { version: string };
const text = [
  'µs of the processor for a unit, each time another one of 1,000; median (fastest–slowest), and in GrowthBook’s ' +
    'column its median over ours: 2× is twice as long. Rounds take turns. GrowthBook’s SDK in ' +
    'production mode with hash version 2, without a tracking callback but in the last line; ours with ' +
    'hash version 3 and its trace, which GrowthBook has none of.',
  `Machine: ${machine()}, ${ROUNDS} rounds of ${ROUND_MS} ms.`,
  [
    `| work | ByteLyst | GrowthBook ${version} | goal |`,
    '| --- | --- | --- | --- |',
    ...results.map((result) => `| ${rowOf(result).join(' | ')} |`),
  ].join('\n'),
  '### The goals of `decide`',
  results.flatMap(judged).join('\n'),
  '### What `decide` loses',
  results.flatMap(lost).join('\n') || 'To GrowthBook’s SDK: nothing in these lines.',
].join('\n\n');
if (!quick) await writeSection('decide', text);
process.exit(0);

function rowOf({ title, goal, ours, peer, ratio }: Result): string[] {
  return [title, shown(ours), `${shown(peer)}, ${digits(ratio)}×`, goal ? `≤ ${goal}` : ''];
}

function judged({ title, goal, ours }: Result): string[] {
  if (goal === undefined) return [];
  const middle = median(ours);
  return [`- ${middle <= goal ? '✓' : '✗'} ${title}: ${digits(middle)} µs, goal ≤ ${goal} µs`];
}

function lost({ title, ratio }: Result): string[] {
  return ratio < 1 ? [`- ${title}: GrowthBook ${version} is ${digits(1 / ratio)}× as fast.`] : [];
}

function shown(values: readonly number[]): string {
  return `${digits(median(values))} (${digits(Math.min(...values))}–${digits(Math.max(...values))})`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(2)));
}
