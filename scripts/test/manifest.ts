/** custom-elements.json is committed: it must say what the sources say. */
import { existsSync, readFileSync } from 'node:fs';
import { createManifest, manifestFile } from '../build/manifest.js';
import { finish } from './tally.js';

const committed = existsSync(manifestFile) ? readFileSync(manifestFile, 'utf8') : '';
const fresh = committed === (await createManifest());
finish({
  passed: fresh ? 1 : 0,
  failures: fresh ? [] : [`${manifestFile} is not up to date; run npm run manifest`],
});
