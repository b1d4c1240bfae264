/**
 * `npm run simulate`: the sync runtime (scripts/simulate/sync.ts).
 * `npm run simulate -- stats`: the statistics (scripts/simulate/stats.ts).
 * Each reads its options from what is left of the arguments.
 */
if (process.argv[2] === 'stats') {
  process.argv.splice(2, 1);
  await import('./simulate/stats.js');
} else {
  await import('./simulate/sync.js');
}
