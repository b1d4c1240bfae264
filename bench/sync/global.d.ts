/** The page's functions, as run.ts calls them from outside. */
import type { Bench } from './page.js';

declare global {
  var bench: Bench;
}
