/**
 * Everything the dashboard says, in English. A section of its own, so that pages with only state
 * elements do not carry it. A translation is an object with the same members.
 */
import type { Decision, Analysis, HealthCheck, VariantComparison } from '../../stats/analysis.js';
import type { ExperimentStatus, Metric, Plan } from '../../experiments/model.js';
import type { Field } from './draft.js';
import type { Filter } from './order.js';
import type { TemplateId } from './templates.js';

const words = 'no one two three four five six seven eight nine ten eleven twelve'.split(' ');
const spelled = (n: number, count: string) => words[n] ?? count;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const plural = (n: number, one: string, many = `${one}s`) => (n === 1 ? one : many);

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
    emptyWhy:
      'Start with a question you would act on. A template fills in the rest, and nothing goes live before you say so.',
  },
  template: {
    conversion: {
      title: 'Raise a conversion rate',
      hypothesis: 'If we make the next step easier to see, more visitors will take it, because …',
    },
    revenue: {
      title: 'Raise revenue per visitor',
      hypothesis: 'If we change what we offer first, visitors will spend more, because …',
    },
    aa: {
      title: 'Check the setup (A/A)',
      hypothesis: 'Both variants are the same, so any difference found here is chance or a fault.',
    },
  } satisfies Record<TemplateId, { title: string; hypothesis: string }>,

  loading: 'Loading experiments',
  unreachable: 'The experiments could not be loaded',
  unreachableOffline:
    'Nothing is stored on this device yet. They appear as soon as you are online.',
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
      extend: 'Extended.',
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
            : `All ${spelled(total, String(total))} guardrails hold.`
          : `${capital(spelled(held, String(held)))} of ${spelled(total, String(total))} guardrails hold.`,
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
    dismiss: 'Dismiss',
    dismissed: (title: string) => `Dismissed “${title}”.`,
    undo: 'Undo',
    source: (value: string) => `${value}: show where it comes from`,
    formula: 'Formula',
    inputs: 'With',
    close: 'Close',
  },

  setup: {
    key: 'Key',
    owner: 'Owner',
    variants: 'Variants',
    coverage: 'Coverage',
    coverageOf: (share: string) => `${share} of the units it is meant for`,
    plan: 'Plan',
    phase: 'Phase',
    started: 'Started',
    stopped: 'Stopped',
    hash: 'Hashing',
    control: 'control',
    hashOf: (attribute: string, version: string) => `by ${attribute}, version ${version}`,
    planOf: {
      fixed: 'One look at the planned end',
      sequential: 'Valid at any look',
    } satisfies Record<Plan['method'], string>,
    planDetail: (mde: string, alpha: string, days: string | null) =>
      `finds a lift of ${mde} at ${alpha} error${days ? `, ${days} days` : ''}`,
  },

  form: {
    create: 'New experiment',
    edit: (name: string) => `Edit ${name}`,
    save: 'Save changes',
    createNow: 'Create draft',
    cancel: 'Cancel',
    basics: 'What and why',
    name: 'Name',
    key: 'Key',
    keyHint: 'Stable name in code and in events. It cannot be changed later.',
    hypothesis: 'Hypothesis',
    hypothesisHint: 'If we do this, that will happen, because …',
    owner: 'Owner',
    variants: 'Variants',
    variantsHint: 'The first is the control.',
    defaultVariants: ['Control', 'Treatment'] as [string, string],
    sameVariants: ['Control', 'Control again'] as [string, string],
    untitledVariant: (letter: string) => `Variant ${letter}`,
    variantName: (n: string) => `Name of variant ${n}`,
    variantKey: (n: string) => `Key of variant ${n}`,
    variantWeight: (n: string) => `Share of variant ${n}, in percent`,
    nameColumn: 'Name',
    keyColumn: 'Key',
    shareColumn: 'Share, %',
    addVariant: 'Add variant',
    removeVariant: (name: string) => `Remove ${name}`,
    equalise: 'Equal shares',
    weightSum: (sum: string) => `Together ${sum} %`,
    frozen:
      'Units are already assigned, so variants, shares, primary metric and method stay as they are.',
    measures: 'What counts',
    primary: 'Primary metric',
    choose: 'Choose a metric',
    secondary: 'Secondary metrics',
    guardrails: 'Guardrails',
    guardrailsHint: 'Must not get worse by more than their margin.',
    noMetrics: 'No metrics are defined yet.',
    metricKind: {
      proportion: 'share of units',
      mean: 'per unit',
      count: 'times per unit',
    } satisfies Record<Metric['kind'], string>,
    plan: 'Plan',
    coverage: 'Coverage, %',
    coverageHint: 'Share of units that take part.',
    method: 'Method',
    methodHint: {
      fixed: 'Narrower intervals, but only one look counts: at the planned end.',
      sequential: 'Look and decide whenever you like; the intervals are wider for it.',
    } satisfies Record<Plan['method'], string>,
    mde: 'Smallest lift worth finding, %',
    mdeHint: 'Relative to the control.',
    days: 'Planned days',
    overlapping: (fields: string) =>
      `Somebody else changed ${fields} meanwhile. Your own text is kept and will replace theirs.`,
    useTheirs: 'Use theirs',
    fields: {
      name: 'the name',
      key: 'the key',
      hypothesis: 'the hypothesis',
      owner: 'the owner',
      variants: 'the variants',
      primary: 'the primary metric',
      secondary: 'the secondary metrics',
      guardrails: 'the guardrails',
      coverage: 'the coverage',
      method: 'the method',
      mde: 'the smallest lift',
      days: 'the planned days',
    } satisfies Record<Field, string>,
    saving: 'Saving …',
    problems: (n: number) =>
      `${capital(spelled(n, String(n)))} ${plural(n, 'field needs', 'fields need')} a look.`,
  },

  invalid: {
    nameMissing: 'Give it a name.',
    keyMissing: 'Give it a key.',
    keyForm: 'Use up to 64 letters, digits, “-” and “_”.',
    keyTaken: (key: string) => `“${key}” is taken. Choose another key.`,
    variantCount: 'An experiment needs at least two variants.',
    variantName: 'Give every variant a name.',
    variantKey: 'Give every variant a key of letters, digits, “-” and “_”.',
    variantKeyTwice: (key: string) => `Two variants share the key “${key}”.`,
    weight: 'Shares are numbers from 0 to 100.',
    weightSum: (sum: string) => `Shares must add up to 100 %; now they make ${sum} %.`,
    primary: 'Choose the one metric that decides.',
    coverage: 'Coverage lies between 0 and 100 %.',
    mde: 'Give a lift above 0 %, e.g. 5.',
    days: 'Plan whole days, from 1 to 365.',
  },
};

export type DashboardMessages = typeof dashboardMessages;
