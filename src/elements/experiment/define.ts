import { define } from '../define.js';
import { ExperimentElement } from './experiment.js';
import { VariantElement } from './variant.js';

export { provideExperiments } from './provided.js';

define('bl-variant', VariantElement);
define('bl-experiment', ExperimentElement);
