/**
 * docs/reliability.md: each part is written by the run that counted it, and the others stay. What
 * stands before the first mark is the simulator's (`npm run simulate -- --write`).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const page = 'docs/reliability.md';
const simulation = 'simulation';

/** In the order of the page. */
export type ReliabilityPart = typeof simulation | 'bugs' | 'hostile' | 'cluster';
const order: readonly ReliabilityPart[] = [simulation, 'bugs', 'hostile', 'cluster'];

/** Replaces that part of the page, or adds it. `text` begins with its heading. */
export async function writeReliability(part: ReliabilityPart, text: string): Promise<void> {
  const parts = new Map<string, string>([[simulation, '# Reliability\n']]);
  const old = existsSync(page) ? readFileSync(page, 'utf8') : '';
  const [first = '', ...rest] = old.split(/^<!-- part: (\w+) -->$/m);
  if (first.trim()) parts.set(simulation, first);
  for (let i = 0; i < rest.length; i += 2) parts.set(rest[i]!, rest[i + 1]!);
  parts.set(part, text);
  const all = order
    .filter((name) => parts.has(name))
    .map((name) => (name === simulation ? '' : `<!-- part: ${name} -->\n\n`) + parts.get(name)!);
  const options = await resolveConfig(page);
  writeFileSync(page, await format(all.join('\n\n'), { ...options, parser: 'markdown' }));
}
