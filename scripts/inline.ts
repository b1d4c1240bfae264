/** `npm run inline`: writes the text of the inline script from its sources. */
import { writeFileSync } from 'node:fs';
import { createInline, inlineFile } from './build/inline.js';

writeFileSync(inlineFile, await createInline());
