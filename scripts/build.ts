/** `npm run build [--force] [library] [site] [server]`: everything, or the parts named. */
import { parseArgs } from 'node:util';
import { buildPart } from './build/fresh.js';
import { parts } from './build/parts.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { force: { type: 'boolean', default: false } },
});

const unknown = positionals.find((name) => !parts.some((part) => part.name === name));
if (unknown !== undefined) {
  console.error(
    `There is no part "${unknown}". Parts: ${parts.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
for (const part of parts) {
  if (positionals.length > 0 && !positionals.includes(part.name)) continue;
  await buildPart(part, values.force);
}
