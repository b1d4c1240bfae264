import { define } from '../../define.js';
import { ExperimentForm } from './experiment-form.js';

/** Registers what creates and edits one. A function, so that no bundler takes it for unused. */
export function defineForm(): void {
  define('bl-experiment-form', ExperimentForm);
}
