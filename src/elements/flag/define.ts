import { define } from '../define.js';
import { VariantElement } from '../experiment/variant.js';
import { FlagElement } from './flag.js';

define('bl-variant', VariantElement);
define('bl-flag', FlagElement);
