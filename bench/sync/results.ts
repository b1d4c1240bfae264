/** From samples to the section in docs/benchmarks.md. */
export type PeerName = 'bytelyst' | 'bare' | 'idb' | 'dexie';
export type Work = 'write' | 'first' | 'all' | 'burst';
/** ms, one for each round. */
export type Samples = Record<Work, number[]>;

interface Goal {
  name: string;
  /** ms. */
  atMost?: number;
  /** The peer's time over ours, at least. */
  against: Partial<Record<PeerName, number>>;
}

const works: Record<Work, Goal> = {
  write: { name: 'bulk write, 10,000 rows', against: { bare: 1 / 2, idb: 5, dexie: 20 } },
  first: { name: 'reload, first 100 rows', atMost: 25, against: {} },
  all: { name: 'reload, all 10,000 queryable', atMost: 80, against: {} },
  burst: { name: 'burst, 500 changes until durable', atMost: 40, against: {} },
};

export function describeResults(
  samples: Record<PeerName, Samples>,
  peers: Record<PeerName, string>,
  machine: string,
): string {
  const names = Object.keys(peers) as PeerName[];
  const keys = Object.keys(works) as Work[];
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [
    row(['work', ...names.map((name) => peers[name])]),
    row(['---', ...names.map(() => '---:')]),
    ...keys.map((work) =>
      row([works[work].name, ...names.map((name) => cell(work, name, samples))]),
    ),
  ];
  return [
    'Rows of 254 bytes; every write waits for a strict transaction to complete; a fresh profile',
    'for each peer and round. Median ms (fastest–slowest), and that time over ours. Ours',
    'also queues every write for the server; the others only store it. Bare paged IndexedDB is',
    'the floor: what the same bytes cost with nothing on top.',
    '',
    ...table,
    '',
    `Machine: ${machine}.`,
    '',
    '**What we lose**',
    '',
    ...losses(samples, peers, keys),
  ].join('\n');
}

function cell(work: Work, peer: PeerName, samples: Record<PeerName, Samples>): string {
  const measured = samples[peer][work];
  const spread = `${ms(Math.min(...measured))}–${ms(Math.max(...measured))}`;
  const time = `${ms(median(measured))} (${spread})`;
  if (peer === 'bytelyst') return time;
  return `${time}, ${times(median(measured) / median(samples.bytelyst[work]))}`;
}

function losses(
  samples: Record<PeerName, Samples>,
  peers: Record<PeerName, string>,
  keys: readonly Work[],
): string[] {
  const lines: string[] = [];
  for (const work of keys) {
    const { name, atMost, against } = works[work];
    const ours = median(samples.bytelyst[work]);
    for (const peer of Object.keys(peers) as PeerName[]) {
      const ratio = median(samples[peer][work]) / ours;
      const goal = against[peer] ?? 0;
      if (ratio < 1) lines.push(`- ${name}: ${peers[peer]} is ${times(1 / ratio)} as fast.`);
      if (ratio < goal) {
        lines.push(
          `- ${name}: against ${peers[peer]} ${times(ratio)}, our goal is ${times(goal)}.`,
        );
      }
    }
    if (atMost !== undefined && ours > atMost) {
      lines.push(`- ${name}: ${ms(ours)} ms, our goal is ${atMost} ms.`);
    }
  }
  return lines.length > 0 ? lines : ['Nothing in this run.'];
}

/** Two digits that mean something. */
function times(ratio: number): string {
  return `${Number(ratio.toPrecision(2))}×`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

function ms(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
