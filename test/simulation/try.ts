import { load } from './load.js';
import { generate } from './generate.js';
import { runHistory } from './history.js';
const [from, n] = process.argv.slice(2).map(Number);
const readable = process.argv[4] === '-v';
const subject = await load();
const t0 = performance.now();
let bad = 0,
  steps = 0,
  ack = 0;
const kinds = new Map<string, number[]>();
for (let seed = from!; seed < from! + n!; seed++) {
  const o = await runHistory(
    subject,
    generate(seed, { without: (process.env.WITHOUT ?? '').split(',') }),
    { readable },
  );
  steps += o.steps;
  ack += o.acknowledged;
  if (readable) console.log(o.lines.join('\n'), '\n', o.trace);
  if (o.violations.length) {
    bad++;
    const v = o.violations[0]!;
    const l = kinds.get(v.kind) ?? [];
    l.push(seed);
    kinds.set(v.kind, l);
    if (l.length <= 3) console.log(seed, v.kind, v.detail.slice(0, 600));
  }
}
const ms = performance.now() - t0;
console.log({ bad, ms: ms / n!, steps: steps / n!, ack: ack / n! });
for (const [k, l] of kinds) console.log(k, l.length, l.slice(0, 20).join(' '));
