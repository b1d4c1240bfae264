import { define } from '../define.js';
import { NotFoundPage } from './not-found-page.js';

define('bl-not-found-page', NotFoundPage);
