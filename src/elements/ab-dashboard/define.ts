import '../empty-state/define.js';
import '../error-page/define.js';
import '../loading-skeleton/define.js';
import { VariantChart } from '../charts/variant-chart.js';
import { define } from '../define.js';
import { registerIcons } from '../icons/icon.js';
import { beaker } from '../icons/shapes.js';
import { AbDashboard } from './ab-dashboard.js';
import { ExperimentDetail } from './experiment-detail.js';
import { ExperimentForm } from './experiment-form.js';
import { ExperimentList } from './experiment-list.js';

registerIcons({ beaker });
define('bl-variant-chart', VariantChart);
define('bl-experiment-list', ExperimentList);
define('bl-experiment-detail', ExperimentDetail);
define('bl-experiment-form', ExperimentForm);
define('bl-ab-dashboard', AbDashboard);
