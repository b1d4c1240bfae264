/** `npm run manifest`: writes custom-elements.json from the elements' doc comments. */
import { writeFileSync } from 'node:fs';
import { createManifest, manifestFile } from './build/manifest.js';

writeFileSync(manifestFile, await createManifest());
