import { define } from '../../define.js';
import { ExperimentForm } from './experiment-form.js';

define('bl-experiment-form', ExperimentForm);
