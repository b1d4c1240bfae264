import { define } from '../define.js';
import { EmptyState } from './empty-state.js';

define('bl-empty-state', EmptyState);
