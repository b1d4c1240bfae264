/** One process of `pool.ts`: answers each range of seeds with its totals. */
import { load } from './load.js';
import type { Range } from './pool.js';
import { runSeeds } from './run.js';

const subject = load();
process.on('message', ({ from, count }: Range) => {
  void subject
    .then((loaded) => runSeeds(loaded, from, count))
    .then((totals) => process.send!(totals));
});
