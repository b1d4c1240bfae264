/** From samples to the section in docs/benchmarks.md. */
import type { Backend } from './browser.js';
import { peers } from './peers.js';
import { works, type PeerName, type Work, type WorkName } from './works.js';

/** One number for each round. */
export type Samples = Partial<Record<PeerName, Partial<Record<WorkName, number[]>>>>;
type Sizes = Partial<Record<PeerName, number>>;

const SIZE_GOAL = 16;
const work = works as Record<WorkName, Work>;
const names = Object.keys(works) as WorkName[];

export function describeResults(
  samples: Partial<Record<Backend, Samples>>,
  sizes: Sizes,
  where: string,
): string {
  const sections = (Object.entries(samples) as [Backend, Samples][]).map(
    ([backend, found]) => `### ${headings[backend]}\n\n${table(found).join('\n')}`,
  );
  return [
    introduction,
    `Machine: ${where}.`,
    ...sections,
    `### Size\n\n${sizeTable(sizes).join('\n')}`,
    `### Goals\n\n${goals(samples, sizes).join('\n')}`,
    `### What we lose\n\n${losses(samples).join('\n')}`,
    `### What is compared\n\n${remarks().join('\n')}`,
  ].join('\n\n');
}

const introduction = `Rows of 254 bytes. Every peer works in a fresh profile in every round, a page for each
kind of work, so with a cold engine and a cold JIT, as after a click on a link. Median ms
(fastest–slowest), and in the peers’ columns that time over ours: 2× is twice as long. The
user’s writes wait for a strict transaction, also where a peer has no option for it; what
comes from the server may be relaxed, it can come again. The server answers inside the
page; what it says was made before the clock runs. † does less than the others, see below.`;

const headings: Record<Backend, string> = {
  LevelDB: 'Chromium on LevelDB',
  SQLite: 'Chromium on SQLite',
  Firefox: 'Firefox, a spot check',
};

function table(samples: Samples): string[] {
  const [ours, ...others] = (Object.keys(peers) as PeerName[]).filter((peer) => samples[peer]);
  if (ours === undefined) return [];
  const shown = names.filter((name) => samples[ours]?.[name]);
  const columns = [ours, ...others];
  return [
    row(['work', ...columns.map((peer) => peers[peer].title)]),
    row(['---', ...columns.map(() => '---:')]),
    ...shown.map((name) =>
      row([
        work[name].title,
        ...columns.map((peer) => cell(name, peer, samples[peer]?.[name], samples[ours]?.[name])),
      ]),
    ),
  ];
}

function cell(name: WorkName, peer: PeerName, measured?: number[], ours?: number[]): string {
  if (!measured || !ours) return '';
  const { unit, seenFrom } = work[name];
  const digits = (value: number): string => seen(value, seenFrom);
  const spread = `${digits(Math.min(...measured))}–${digits(Math.max(...measured))}`;
  const counted = unit === 'requests';
  const time = counted ? digits(median(measured)) : `${digits(median(measured))} (${spread})`;
  if (measured === ours || counted || seenFrom) return time;
  const less = peers[peer].less?.[name] ? ' †' : '';
  return `${time}, ${times(median(measured) / median(ours))}${less}`;
}

function sizeTable(sizes: Sizes): string[] {
  const all = Object.entries(sizes) as [PeerName, number][];
  return [
    row(['what an app with stored rows, queries and synchronisation loads', 'KB gzip']),
    row(['---', '---:']),
    ...all.map(([peer, size]) => row([peers[peer].title, size.toFixed(1)])),
  ];
}

function goals(samples: Partial<Record<Backend, Samples>>, sizes: Sizes): string[] {
  const lines: string[] = [];
  for (const [backend, found] of Object.entries(samples))
    for (const name of names) {
      const ours = found.bytelyst?.[name];
      if (!ours) continue;
      const { title, atMost, against = {}, unit = 'ms', seenFrom } = work[name];
      const tell = (reached: boolean, goal: string, is: string): void => {
        lines.push(`- ${mark(reached)} ${backend}: ${title}: ${is}, goal ${goal}`);
      };
      if (atMost !== undefined)
        tell(
          median(ours) <= atMost,
          `≤ ${atMost} ${unit}`,
          `${seen(median(ours), seenFrom)} ${unit}`,
        );
      for (const peer of Object.keys(found) as PeerName[]) {
        const measured = found[peer]?.[name];
        const others = peer === 'bytelyst' || peer === 'bare' ? undefined : against.others;
        const goal = against[peer] ?? others;
        if (!measured || goal === undefined) continue;
        const ratio = median(measured) / median(ours);
        if (goal >= 1)
          tell(ratio >= goal, `${goal}×`, `${times(ratio)} as fast as ${peers[peer].title}`);
        else
          tell(
            ratio >= goal,
            `≤ ${times(1 / goal)}`,
            `${times(1 / ratio)} what ${peers[peer].title} takes`,
          );
      }
    }
  if (sizes.bytelyst !== undefined) {
    const size = sizes.bytelyst;
    lines.push(`- ${mark(size <= SIZE_GOAL)} size: ${size.toFixed(1)} KB, goal ≤ ${SIZE_GOAL} KB`);
  }
  return lines;
}

/** Where a peer that does the whole work is faster. */
function losses(samples: Partial<Record<Backend, Samples>>): string[] {
  const lines: string[] = [];
  for (const [backend, found] of Object.entries(samples))
    for (const name of names)
      for (const peer of Object.keys(found) as PeerName[]) {
        const [ours, theirs] = [found.bytelyst?.[name], found[peer]?.[name]];
        if (!ours || !theirs || median(theirs) >= median(ours)) continue;
        const less = peers[peer].less?.[name];
        const ratio = times(median(ours) / median(theirs));
        const but = less ? ` (${less})` : '';
        lines.push(
          `- ${backend}: ${work[name].title}: ${peers[peer].title} is ${ratio} as fast${but}.`,
        );
      }
  return lines.length > 0 ? lines : ['Nothing in this run.'];
}

function remarks(): string[] {
  return Object.values(peers).flatMap(({ title, without, rounds, less = {} }) => {
    const fewer = Object.entries(less).map(
      ([name, why]) => `${work[name as WorkName].title}: ${why}`,
    );
    const often = rounds === undefined ? '' : `${rounds} rounds.`;
    const all = [without, often, fewer.length > 0 ? `† ${fewer.join('; ')}.` : ''].filter(Boolean);
    return all.length > 0 ? [`- **${title}**: ${all.join(' ')}`] : [];
  });
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function mark(reached: boolean): string {
  return reached ? '✓' : '✗';
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

function seen(value: number, from = 0): string {
  return value < from ? `< ${from}` : digits(value);
}

function digits(value: number): string {
  return value < 10 ? String(Number(value.toPrecision(2))) : String(Math.round(value));
}
