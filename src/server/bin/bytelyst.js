#!/usr/bin/env node
/** The command as npm links it: there in a clone before anything is built. */
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.js', import.meta.url);

if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write('bytelyst: not built yet. Run this first: npm run build\n');
  process.exitCode = 1;
}
