/**
 * The pure parts in Node: `npm test -- node [file]…`. The same files run in the browsers too, but
 * for `*.node.test.ts`, which may lie in any folder.
 */
import { filesIn } from '../files.js';
import { runMocha } from './mocha.js';
import { finish } from './tally.js';

const folders = ['protocol', 'conditions', 'stats', 'advisor', 'experiments'];
const asked = process.argv.slice(2);
const all = [
  ...folders.flatMap((name) => filesIn(`test/${name}`, /\.test\.ts$/)),
  ...filesIn('test/sync', /\.node\.test\.ts$/),
  ...filesIn('test/simulation', /\.test\.ts$/),
];
const files = asked.length > 0 ? asked : all;
finish(await runMocha(files, { timeout: 60_000 }));
