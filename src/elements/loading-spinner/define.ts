import { define } from '../define.js';
import { LoadingSpinner } from './loading-spinner.js';

define('bl-loading-spinner', LoadingSpinner);
