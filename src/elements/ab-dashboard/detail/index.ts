import { VariantChart } from '../../charts/variant-chart.js';
import { define } from '../../define.js';
import { AiSuggestions } from './ai-suggestions.js';
import { ExperimentDetail } from './experiment-detail.js';

/** Registers what draws one experiment. A function, so that no bundler takes it for unused. */
export function defineDetail(): void {
  define('bl-variant-chart', VariantChart);
  define('bl-ai-suggestions', AiSuggestions);
  define('bl-experiment-detail', ExperimentDetail);
}
