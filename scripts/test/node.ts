/** The pure parts in Node: `npm test -- node [file]…`. The same files run in the browsers too. */
import { filesIn } from '../files.js';
import { runMocha } from './mocha.js';
import { finish } from './tally.js';

const folders = ['protocol', 'conditions', 'stats', 'advisor', 'experiments'];
const asked = process.argv.slice(2);
const files =
  asked.length > 0 ? asked : folders.flatMap((name) => filesIn(`test/${name}`, /\.test\.ts$/));
finish(await runMocha(files, { timeout: 60_000 }));
