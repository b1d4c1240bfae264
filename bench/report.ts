/** docs/benchmarks.md: one section for each benchmark, written by the run itself. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { format } from 'prettier';

const page = 'docs/benchmarks.md';
const introduction = `# Benchmarks

Each section is written by \`npm run bench -- <name>\`: every peer from npm in the same run, medians
and spread, the machine named, and what we lose.
`;

/** What the numbers were measured on, in one phrase. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = cpu?.model.replace(/\s+/g, ' ').trim() ?? 'unknown processor';
  return `${model}, ${cpus().length} cores, ${memory} GB, ${process.platform}, Node ${process.version}`;
}

/** Replaces the section of that name, or adds it. */
export async function writeSection(name: string, text: string): Promise<void> {
  const old = existsSync(page) ? readFileSync(page, 'utf8') : introduction;
  const [head = introduction, ...sections] = old.split(/^(?=## )/m);
  const others = sections.filter((section) => !section.startsWith(`## ${name}\n`));
  const all = [...others, `## ${name}\n\n${text}\n`].sort();
  const options = { parser: 'markdown', printWidth: 100 };
  writeFileSync(page, await format([head.trimEnd(), ...all].join('\n\n'), options));
}
