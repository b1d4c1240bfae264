/** The stories in a real browser against the built server: `npm test -- e2e [file]…`. */
import { testsOf } from '../folders.js';
import { runMocha } from './mocha.js';
import { finish } from './tally.js';

const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : testsOf('e2e');
finish(await runMocha(files, { timeout: 180_000 }));
