import { define } from '../define.js';
import { ExperimentOverlay } from './experiment-overlay.js';

define('bl-experiment-overlay', ExperimentOverlay);
