/** An experiment told in a few numbers, analysed by the real `analyze`. */
import { advise, type AdvisorContext, type Suggestion } from '../../src/advisor/index.js';
import type { Metric, Plan } from '../../src/experiments/model.js';
import { analyze, type Analysis, type AnalysisInput } from '../../src/stats/index.js';

export interface Scenario {
  /** Units a day, by variant; the first is the control. */
  units: number[];
  /** Share of them that purchase. */
  rates: number[];
  /** Mean seconds of the guardrail (spread 0.4); absent: no guardrail. */
  seconds?: number[];
  days: number;
  plan?: Partial<Plan>;
  status?: AnalysisInput['status'];
  multiple?: number;
  margin?: number;
  outcome?: AdvisorContext['experiment']['outcome'];
  names?: string[];
  dismissed?: string[];
}

const START = Date.UTC(2026, 9, 1);
const DAY = 86_400_000;
const SPREAD = 0.4;

export function play(scenario: Scenario): {
  analysis: Analysis;
  suggestions: Suggestion[];
  rules: string[];
  metrics: Metric[];
} {
  const { units, rates, seconds, days, status = 'running' } = scenario;
  const names = scenario.names ?? ['Control', 'One page', 'Accordion', 'Wizard'];
  const variants = units.map((_, i) => ({
    key: `v${i}`,
    name: names[i] ?? '',
    weight: 1 / units.length,
  }));
  const metrics: Metric[] = [
    { id: 'purchase', key: 'purchase', name: 'Purchase rate', event: 'buy', kind: 'proportion' },
    {
      id: 'load',
      key: 'load',
      name: 'Page load',
      event: 'load',
      kind: 'mean',
      format: 's',
      lowerIsBetter: true,
      margin: scenario.margin ?? 0.05,
    },
  ];
  const experiment = {
    hashAttribute: 'id',
    variants,
    metrics: { primary: 'purchase', secondary: [], guardrails: seconds ? ['load'] : [] },
    plan: {
      method: 'sequential' as const,
      alpha: 0.05,
      power: 0.8,
      mde: 0.05,
      plannedDays: 28,
      ...scenario.plan,
    },
    status,
    outcome: scenario.outcome ?? null,
    startedAt: new Date(START).toISOString(),
  };
  const every = (cell: (variant: number) => number): number[][] =>
    units.map((_, v) => Array.from({ length: days }, () => cell(v)));
  const purchases = every((v) => Math.round(units[v]! * rates[v]!));
  const summaries = {
    variants: variants.map(({ key }) => key),
    days: Array.from({ length: days }, (_, d) =>
      new Date(START + d * DAY).toISOString().slice(0, 10),
    ),
    units: every((v) => units[v]!),
    multiple: scenario.multiple ?? 0,
    metrics: {
      purchase: {
        sum: purchases,
        m2: purchases.map((row, v) =>
          row.map((k) => (units[v]! > 0 ? k - (k * k) / units[v]! : 0)),
        ),
      },
      load: {
        sum: every((v) => units[v]! * (seconds?.[v] ?? 0)),
        m2: every((v) => units[v]! * SPREAD ** 2),
      },
    },
  };
  const analysis = analyze(experiment, summaries, metrics, START + days * DAY);
  const suggestions = advise(analysis, {
    experiment,
    metrics,
    ...(scenario.dismissed ? { dismissed: scenario.dismissed } : {}),
  });
  return { analysis, suggestions, rules: suggestions.map(({ rule }) => rule), metrics };
}

/** 24 days, 12 %, a lift of 7 %, and a page that is a hair slower. */
export const winner: Scenario = {
  units: [2500, 2500, 2500],
  rates: [0.12, 0.1284, 0.12],
  seconds: [1.42, 1.43, 1.42],
  days: 24,
};
