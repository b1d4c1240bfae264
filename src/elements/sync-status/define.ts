import { define } from '../define.js';
import { SyncStatusElement } from './sync-status.js';

define('bl-sync-status', SyncStatusElement);
