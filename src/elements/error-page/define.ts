import { define } from '../define.js';
import { ErrorPage } from './error-page.js';

define('bl-error-page', ErrorPage);
