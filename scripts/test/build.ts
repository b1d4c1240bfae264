/** Builds everything: what the later steps measure and drive is what users get. */
import { buildPart } from '../build/fresh.js';
import { parts } from '../build/parts.js';
import { finish, type Tally } from './tally.js';

const total: Tally = { passed: 0, failures: [] };
for (const part of parts) {
  try {
    await buildPart(part, false);
    total.passed += 1;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.log(message);
    total.failures.push(`${part.name}: ${message}`);
  }
}
finish(total);
