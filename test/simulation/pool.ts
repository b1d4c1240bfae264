/** Histories on several processors: each worker is a process that takes a range of seeds at a time. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addTotals, nothing, type Totals } from './run.js';

export interface Range {
  from: number;
  count: number;
}

/** Histories that a worker takes at once. */
const CHUNK = 50;

export async function runOnWorkers(
  { from, count }: Range,
  workers: number,
  progress: (done: Totals) => void,
): Promise<Totals> {
  const ranges: Range[] = [];
  for (let at = from; at < from + count; at += CHUNK)
    ranges.push({ from: at, count: Math.min(CHUNK, from + count - at) });
  const total = nothing();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
        // Short-lived objects die young in a larger nursery, and nobody reads the errors' stacks.
        execArgv: ['--max-semi-space-size=64', '--stack-trace-limit=0', '--import', 'tsx'],
      });
      try {
        for (let range = ranges.shift(); range; range = ranges.shift()) {
          const answer = new Promise<Totals>((resolve, reject) => {
            worker.once('message', (message) => resolve(message as Totals));
            worker.once('exit', (code) => reject(new Error(`a worker ended with code ${code}`)));
          });
          worker.send(range);
          addTotals(total, await answer);
          worker.removeAllListeners();
          progress(total);
        }
      } finally {
        worker.kill();
      }
    }),
  );
  total.failures.sort((a, b) => a.seed - b.seed);
  return total;
}
