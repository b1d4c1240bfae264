import { define } from '../define.js';
import { LoadingSkeleton } from './loading-skeleton.js';

define('bl-loading-skeleton', LoadingSkeleton);
