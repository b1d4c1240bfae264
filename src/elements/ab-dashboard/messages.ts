/**
 * Everything the dashboard says, in English. A section of its own, so that pages with only state
 * elements do not carry it. A translation is an object with the same members.
 */
import type { Action as Advice, Confidence, Severity } from '../../advisor/index.js';
import type { Decision, Analysis, HealthCheck, VariantComparison } from '../../stats/analysis.js';
import type { ExperimentStatus, Plan } from '../../experiments/model.js';
import type { Filter } from './list/order.js';
import { capital, plural, spelled } from './words.js';
import { formMessages, invalidMessages, templateMessages } from './form-messages.js';

export const dashboardMessages = {
  /** “Six experiments, three running. Two decisions are waiting for you.” */
  overview(total: number, running: number, waiting: number, count: (n: number) => string): string {
    const first = `${capital(spelled(total, count(total)))} ${plural(total, 'experiment')}`;
    const active = running === 0 ? 'none running' : `${spelled(running, count(running))} running`;
    const second =
      waiting === 0
        ? 'Nothing waits for a decision.'
        : waiting === 1
          ? 'One decision is waiting for you.'
          : `${capital(spelled(waiting, count(waiting)))} decisions are waiting for you.`;
    return `${first}, ${active}. ${second}`;
  },
  newExperiment: 'New experiment',
  allExperiments: 'All experiments',
  pending: 'Not synced yet',
  points: (text: string) => `${text} pp`,

  status: {
    draft: 'Draft',
    running: 'Running',
    paused: 'Paused',
    stopped: 'Stopped',
    archived: 'Archived',
  } satisfies Record<ExperimentStatus, string>,
  decision: {
    'not-started': 'Not started',
    ship: 'Ship',
    'roll-back': 'Roll back',
    'keep-running': 'Keep running',
    inconclusive: 'Inconclusive',
    untrustworthy: 'Untrustworthy',
  } satisfies Record<Decision, string>,
  shipped: 'Shipped',
  rolledBack: 'Rolled back',
  newer: 'Newer than this page',
  newerHint:
    'It uses something that this page does not know yet. Reload the page to see all of it.',

  list: {
    label: 'Experiments',
    search: 'Search by name, key or owner',
    filter: 'Show',
    filters: {
      all: 'All',
      running: 'Running',
      paused: 'Paused',
      draft: 'Drafts',
      stopped: 'Stopped',
    } satisfies Record<Filter, string>,
    columns: {
      experiment: 'Experiment',
      status: 'Status',
      decision: 'Decision',
      split: 'Split',
      exposures: 'Exposures',
      growth: 'Per day',
      lift: 'Primary lift',
      left: 'Left',
      owner: 'Owner',
    },
    noData: 'no data yet',
    notComputable: 'control too close to zero',
    splitOf: (parts: string) => `Split: ${parts}`,
    daysLeft: (n: number, count: string) =>
      n === 0 ? 'ends today' : `${count} ${plural(n, 'day')}`,
    planned: (days: string) => `planned ${days} d`,
    openEnded: 'open-ended',
    paused: 'paused',
    done: 'done',
    found: (n: number, count: string) => `${count} ${plural(n, 'experiment')} shown`,
    noResults: 'No experiment matches',
    noResultsWhy: 'Look for less, or show all of them again.',
    showAll: 'Show all experiments',
    emptyHeading: 'No experiments yet',
    emptyGiven: 'They show up here as soon as there are any.',
    emptyWhy:
      'Start with a question you would act on. A template fills in the rest, and nothing goes live before you say so.',
  },
  template: templateMessages,
  loading: 'Loading experiments',
  unreachable: 'The experiments could not be loaded',
  unreachableWhy: 'The server did not answer as it should. Nothing you entered is lost.',
  unreachableOffline:
    'Nothing is stored on this device yet. They appear as soon as you are online.',
  unloadable: 'This view could not be loaded',
  missing: 'There is no such experiment',
  missingWhy: (key: string) => `Nothing here has the key “${key}”. It may have been deleted.`,
  writeFailed: (reason: string) => `That change could not be stored: ${reason}`,

  lift: {
    between: (low: string, high: string) => `${low} to ${high}`,
    /** What a screen reader hears for an interval's picture. */
    spoken: (lift: string, interval: string | null) =>
      interval ? `${lift}, interval ${interval}` : lift,
    verdict: {
      better: 'better',
      worse: 'worse',
      'no-difference': 'no difference',
      'within-margin': 'within margin',
      breached: 'breached',
      'not-computable': 'not computable',
    } satisfies Record<VariantComparison['verdict'], string>,
  },

  detail: {
    day: (day: string, total: string | null) => (total ? `day ${day} of ${total}` : `day ${day}`),
    start: 'Start',
    pause: 'Pause',
    resume: 'Resume',
    stop: 'Stop',
    edit: 'Edit',
    ship: (variant: string) => `Ship ${variant}`,
    rollBack: 'Roll back',
    cancel: 'Cancel',
    confirmStart: 'Start this experiment?',
    confirmStartWhy: (name: string, share: string) =>
      `“${name}” goes live for ${share} of the units it is meant for. Their variants are kept from the first exposure on.`,
    confirmStop: 'Stop this experiment?',
    confirmStopWhy: 'Nobody is assigned to a variant any more. The results stay.',
    confirmShip: (variant: string) => `Ship “${variant}”?`,
    confirmShipWhy: (variant: string) =>
      `The experiment stops and “${variant}” is noted as the outcome. Roll it out in your code or flag next.`,
    confirmRollBack: 'Roll back to the control?',
    confirmRollBackWhy: (control: string) =>
      `The experiment stops and “${control}” stays for everybody.`,
    results: 'Results',
    setup: 'Setup',
    done: {
      start: 'Started.',
      resume: 'Resumed.',
      pause: 'Paused.',
      stop: 'Stopped.',
      ship: 'Shipped.',
      'roll-back': 'Rolled back.',
    },
  },

  verdict: {
    ship: (variant: string) => `Ship “${variant}”.`,
    rollBack: (variant: string) => `Roll back: “${variant}” does harm.`,
    keepRunning: 'Keep running.',
    keepRunningDays: (n: number, count: string) =>
      `Keep running, ${count} more ${plural(n, 'day')}.`,
    inconclusive: 'No difference worth acting on.',
    untrustworthy: 'Don’t trust these numbers yet.',
    notStarted: 'Not started yet.',
    shipped: (variant: string, date: string) => `Shipped “${variant}” on ${date}.`,
    rolledBack: (date: string) => `Rolled back on ${date}.`,
    up: (metric: string, size: string) => `${metric} up ${size}`,
    down: (metric: string, size: string) => `${metric} down ${size}`,
    unchanged: (metric: string) => `${metric} unchanged`,
    between: (claim: string, low: string, high: string) => `${claim}, between ${low} and ${high}.`,
    early: (day: string) =>
      `Early: this is day ${day}, and a full week of weekdays and weekends is not in it yet.`,
    why: {
      'no-data': 'No exposures have arrived. Results appear with the first ones.',
      'too-few-units': 'Too few units so far: a verdict needs at least 100 in each variant.',
      'too-few-conversions':
        'Too few conversions so far: a verdict needs at least 25 in each variant.',
      'too-short': 'Less than one full day of data. A verdict needs at least that.',
      'sample-ratio-mismatch':
        'Units are not split as planned, so the variants’ audiences differ. Find the cause before you read the lift.',
      'multiple-exposures':
        'Too many units saw more than one variant. Find the cause before you read the lift.',
      'significant-better':
        'The whole interval lies on the good side of zero, and the plan allows this look.',
      'significant-worse':
        'The whole interval lies on the wrong side of zero, and the plan allows this look.',
      'guardrail-breached': 'A guardrail moved further than its margin allows.',
      'planned-look-pending':
        'The plan has one look, at the end. Deciding before then would be reading noise.',
      flat: 'Enough data is in to have seen the lift you planned for, and it is not there.',
      undecided: 'What was measured could still be chance.',
    } satisfies Record<Analysis['reason'], string>,
    guardrails: (held: number, total: number) =>
      total === 0
        ? ''
        : held === total
          ? total === 1
            ? 'The guardrail holds.'
            : `All ${spelled(total)} guardrails hold.`
          : `${capital(spelled(held))} of ${spelled(total)} guardrails hold.`,
  },

  health: {
    label: 'Health',
    name: {
      balance: 'Balance',
      exposures: 'Exposures',
      multiple: 'Seen twice',
      guardrails: 'Guardrails',
      duration: 'Duration',
      power: 'Power',
    } satisfies Record<HealthCheck['id'], string>,
    status: { ok: 'fine', warn: 'look at this', bad: 'a problem', unknown: 'not known yet' },
    balanced: 'As planned',
    mismatch: (p: string) => `Off, p ${p}`,
    holding: 'Holding',
    atRisk: 'At risk',
    breached: 'Breached',
    noGuardrails: 'None set',
    days: (n: number, count: string) => `${count} ${plural(n, 'day')}`,
    unknown: 'Not yet',
  },

  scorecard: {
    heading: 'Scorecard',
    scale: 'Scale',
    relative: 'Relative',
    absolute: 'Absolute',
    variant: 'Metric and variant',
    control: 'Control',
    treatment: 'Variant',
    interval: 'Interval',
    lift: 'Lift',
    change: 'Change',
    p: 'p',
    verdict: 'Verdict',
    role: {
      primary: 'primary',
      secondary: 'secondary',
      guardrail: 'guardrail',
    } satisfies Record<'primary' | 'secondary' | 'guardrail', string>,
    lowerIsBetter: 'lower is better',
    margin: (margin: string) => `margin ${margin}`,
    legend: (level: string) =>
      `Bar: ${level} interval, for one look at the planned end. Whisker: valid at any look.`,
    corrected: (n: string) => `p and verdict allow for comparing ${n} variants.`,
    empty: 'No data yet. The scorecard fills with the first exposures.',
  },

  beside: {
    heading: 'Beside the verdict',
    chance: 'Chance to win',
    loss: 'Loss to expect if shipped',
    adjusted: 'Lift, adjusted',
    raw: 'Without adjustment',
    notAdjusted: 'not adjusted',
    legend: 'For reading: the verdict rests on the scorecard alone.',
  },

  overTime: {
    heading: 'Lift over time',
    valid: 'valid at any look',
    chart: 'Chart',
    table: 'Table',
    view: 'View',
    summary: (metric: string) => `${metric}: lift against the control, day by day`,
  },

  suggestions: {
    heading: 'Suggestions',
    from: (count: string) => `${count} from rules`,
    none: 'Nothing to suggest right now.',
    severity: { act: 'Act', check: 'Check', next: 'Next' } satisfies Record<Severity, string>,
    confidence: {
      high: 'High confidence',
      medium: 'Medium confidence',
      low: 'Low confidence',
    } satisfies Record<Confidence, string>,
    action: {
      ship: 'Ship',
      stop: 'Stop',
      pause: 'Pause',
      extend: 'Extend',
      edit: 'Edit',
    } satisfies Record<Advice['kind'], string>,
    dismiss: 'Dismiss',
    dismissed: (title: string) => `Dismissed “${title}”.`,
    undo: 'Undo',
    hidden: (n: number, count: string) => `${count} ${plural(n, 'suggestion')} dismissed.`,
    show: 'Show again',
    formula: 'Formula',
    result: 'Result',
  },

  setup: {
    key: 'Key',
    owner: 'Owner',
    variants: 'Variants',
    coverage: 'Coverage',
    coverageOf: (share: string) => `${share} of the units it is meant for`,
    plan: 'Plan',
    started: 'Started',
    stopped: 'Stopped',
    hash: 'Hashing',
    control: 'control',
    hashOf: (attribute: string, version: string) => `by ${attribute}, version ${version}`,
    planOf: {
      fixed: 'One look at the planned end',
      sequential: 'Valid at any look',
      'group-sequential': 'Daily looks until the planned end',
    } satisfies Record<Plan['method'], string>,
    planDetail: (mde: string, alpha: string, days: string | null) =>
      `finds a lift of ${mde} at ${alpha} error${days ? `, ${days} days` : ''}`,
  },

  form: formMessages,
  invalid: invalidMessages,
};

export type DashboardMessages = typeof dashboardMessages;
