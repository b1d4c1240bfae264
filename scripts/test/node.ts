/**
 * The pure parts in Node: `npm test -- node [file]…`. The same files run in the browsers too, but
 * for `*.node.test.ts`, which may lie in any folder.
 */
import { testsOf } from '../folders.js';
import { runMocha } from './mocha.js';
import { finish } from './tally.js';

const asked = process.argv.slice(2);
finish(await runMocha(asked.length > 0 ? asked : testsOf('node'), { timeout: 60_000 }));
