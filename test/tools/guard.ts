/**
 * Loaded before every test file in a browser. A test during which the page logs an error fails (an
 * unhandled rejection is logged by the runner, so it fails too); a test that expects an error
 * replaces `console.error`. After the file the page is as the next one expects it.
 */
import { canEmulateMedia, emulateMedia, setViewport } from './page.js';

const errors: string[] = [];
const size = { width: innerWidth, height: innerHeight };

const log = console.error;
console.error = (...args: unknown[]): void => {
  errors.push(args.map(String).join(' '));
  log.apply(console, args);
};

afterEach(function failOnErrors() {
  const seen = errors.splice(0);
  if (seen.length > 0) {
    throw new Error(`"${this.currentTest?.title}" logged an error: ${seen.join('\n')}`);
  }
});

after(async () => {
  if (canEmulateMedia) await emulateMedia({});
  if (innerWidth !== size.width || innerHeight !== size.height) await setViewport(size);
});
