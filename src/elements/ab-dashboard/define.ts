import '../empty-state/define.js';
import '../error-page/define.js';
import '../loading-skeleton/define.js';
import { define } from '../define.js';
import { registerIcons } from '../icons/icon.js';
import { beaker } from '../icons/shapes.js';
import { AbDashboard } from './ab-dashboard.js';
import { ExperimentList } from './list/experiment-list.js';

registerIcons({ beaker });
define('bl-experiment-list', ExperimentList);
define('bl-ab-dashboard', AbDashboard);
