import { BUGS } from './bugs.js';
import { hunt } from './hunt.js';
const want = process.argv[2];
for (const b of BUGS) {
  if (want && !b.name.includes(want)) continue;
  const t = performance.now();
  try {
    const h = await hunt(b, Number(process.argv[3] ?? 5000), Number(process.argv[4] ?? 300));
    console.log(
      String(h.histories).padStart(5),
      h.kind.padEnd(14),
      b.name,
      Math.round(performance.now() - t) + ' ms',
    );
  } catch (e) {
    console.log('ERR', b.name, String((e as Error).message).slice(0, 300));
  }
}
