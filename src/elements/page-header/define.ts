import { define } from '../define.js';
import { PageHeader } from './page-header.js';

define('bl-page-header', PageHeader);
