import { VariantChart } from '../../charts/variant-chart.js';
import { define } from '../../define.js';
import { AiSuggestions } from './ai-suggestions.js';
import { ExperimentDetail } from './experiment-detail.js';

define('bl-variant-chart', VariantChart);
define('bl-ai-suggestions', AiSuggestions);
define('bl-experiment-detail', ExperimentDetail);
