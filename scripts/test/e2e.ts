/** The stories in a real browser against the built server: `npm test -- e2e [file]…`. */
import { filesIn } from '../files.js';
import { runMocha } from './mocha.js';
import { finish } from './tally.js';

const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : filesIn('test/e2e', /\.test\.ts$/);
finish(await runMocha(files, { timeout: 180_000 }));
