/** The demo's six experiments, and the traffic that each one meets. */
import type { Experiment } from '../../experiments/model.js';

export interface DemoExperiment {
  row: Omit<Experiment, 'id' | 'key' | 'createdAt' | 'startedAt' | 'stoppedAt' | 'outcome'>;
  key: string;
  /** Days ago. */
  created: number;
  started?: number;
  stopped?: number;
  outcome?: { variant: string; decision: 'shipped' | 'rolled-back' };
  traffic?: Traffic;
}

export interface Traffic {
  units: number;
  /** Share of units that really meet each variant; unlike the weights where something is broken. */
  shares: readonly number[];
  /** Share of units that meet a second variant. */
  multiple: number;
  conversions: readonly Conversions[];
}

export interface Conversions {
  event: string;
  /** By variant: the share of units that do it. */
  rates: readonly number[];
  /** By variant: mean of what each one is worth, and the spread of its logarithm. Absent: 1. */
  value?: { means: readonly number[]; sigma: number };
  /** Longest time after the exposure, in hours. */
  within: number;
}

const defaults = {
  kind: 'ab',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  coverage: 1,
} as const;

const sequential = { method: 'sequential', alpha: 0.05, power: 0.8 } as const;

export const demoExperiments: readonly DemoExperiment[] = [
  {
    key: 'checkout-one-page',
    created: 26,
    started: 24,
    row: {
      ...defaults,
      name: 'Checkout: one page',
      hypothesis:
        'If we put address, delivery and payment on one page, more visitors will buy, because ' +
        'they see the end from the start.',
      status: 'running',
      seed: 'checkout-one-page',
      variants: [
        { key: 'control', name: 'Three pages', weight: 0.3334 },
        { key: 'one-page', name: 'One page', weight: 0.3333 },
        { key: 'accordion', name: 'Accordion', weight: 0.3333 },
      ],
      metrics: {
        primary: 'purchase-rate',
        secondary: ['revenue-per-visitor'],
        guardrails: ['page-load'],
      },
      plan: { ...sequential, mde: 0.05, plannedUnits: 214_000, plannedDays: 28 },
      owner: 'growth',
      tags: ['checkout', 'revenue'],
    },
    traffic: {
      units: 182_946,
      shares: [1 / 3, 1 / 3, 1 / 3],
      multiple: 0.002,
      conversions: [
        {
          event: 'purchase',
          rates: [0.16, 0.1715, 0.1638],
          value: { means: [58.4, 58.2, 58.3], sigma: 0.6 },
          within: 20,
        },
        {
          event: 'page-load',
          rates: [1, 1, 1],
          value: { means: [1.42, 1.437, 1.426], sigma: 0.45 },
          within: 0.002,
        },
      ],
    },
  },
  {
    key: 'hero-copy',
    created: 19,
    started: 17,
    row: {
      ...defaults,
      name: 'Hero copy: outcome first',
      hypothesis:
        'If the headline names what visitors get instead of what we built, more of them sign up.',
      status: 'running',
      seed: 'hero-copy',
      variants: [
        { key: 'control', name: 'Product first', weight: 0.5 },
        { key: 'outcome-first', name: 'Outcome first', weight: 0.5 },
      ],
      metrics: { primary: 'sign-up-rate', secondary: [], guardrails: ['page-load'] },
      plan: { ...sequential, mde: 0.1, plannedUnits: 34_000, plannedDays: 28 },
      owner: 'web',
      tags: ['landing'],
    },
    traffic: {
      units: 20_614,
      shares: [0.5, 0.5],
      multiple: 0.001,
      conversions: [
        { event: 'sign-up', rates: [0.084, 0.0831], within: 2 },
        {
          event: 'page-load',
          rates: [1, 1],
          value: { means: [1.18, 1.18], sigma: 0.4 },
          within: 0.002,
        },
      ],
    },
  },
  {
    key: 'free-shipping',
    created: 15,
    started: 12,
    row: {
      ...defaults,
      name: 'Free-shipping threshold',
      hypothesis:
        'If shipping is free from € 39 instead of € 59, more visitors buy, and the larger number ' +
        'of orders pays for the postage.',
      status: 'running',
      seed: 'free-shipping',
      variants: [
        { key: 'control', name: 'From € 59', weight: 0.5 },
        { key: 'from-39', name: 'From € 39', weight: 0.5 },
      ],
      metrics: {
        primary: 'purchase-rate',
        secondary: ['revenue-per-visitor'],
        guardrails: ['support-contacts'],
      },
      plan: { ...sequential, mde: 0.08, plannedUnits: 42_000, plannedDays: 21 },
      owner: 'growth',
      tags: ['pricing', 'revenue'],
    },
    traffic: {
      units: 22_387,
      // A redirect loses some of the second variant's visitors: a sample-ratio mismatch.
      shares: [0.517, 0.483],
      multiple: 0.002,
      conversions: [
        {
          event: 'purchase',
          rates: [0.101, 0.105],
          value: { means: [63, 61], sigma: 0.6 },
          within: 20,
        },
        { event: 'support-contact', rates: [0.021, 0.022], within: 30 },
      ],
    },
  },
  {
    key: 'onboarding',
    created: 24,
    started: 20,
    row: {
      ...defaults,
      name: 'Onboarding checklist',
      hypothesis:
        'If new accounts see five steps and their progress, more of them finish the set-up.',
      status: 'paused',
      seed: 'onboarding',
      coverage: 0.6,
      condition: { plan: { $in: ['free', 'trial'] } },
      variants: [
        { key: 'control', name: 'Tour', weight: 0.5 },
        { key: 'checklist', name: 'Checklist', weight: 0.5 },
      ],
      metrics: { primary: 'activation-rate', secondary: [], guardrails: ['support-contacts'] },
      plan: { ...sequential, mde: 0.06, plannedUnits: 18_000, plannedDays: 28 },
      owner: 'search',
      tags: ['activation'],
    },
    traffic: {
      units: 8_293,
      shares: [0.5, 0.5],
      multiple: 0.001,
      conversions: [
        { event: 'activated', rates: [0.312, 0.322], within: 40 },
        { event: 'support-contact', rates: [0.044, 0.041], within: 60 },
      ],
    },
  },
  {
    key: 'annual-first',
    created: 28,
    started: 27,
    stopped: 6,
    outcome: { variant: 'annual-first', decision: 'rolled-back' },
    row: {
      ...defaults,
      name: 'Annual plan first',
      hypothesis:
        'If the yearly price is shown first, more visitors choose it and revenue per visitor rises.',
      status: 'stopped',
      seed: 'annual-first',
      variants: [
        { key: 'control', name: 'Monthly first', weight: 0.5 },
        { key: 'annual-first', name: 'Annual first', weight: 0.5 },
      ],
      metrics: { primary: 'subscription-rate', secondary: [], guardrails: ['support-contacts'] },
      plan: { ...sequential, mde: 0.08, plannedUnits: 20_000, plannedDays: 21 },
      owner: 'web',
      tags: ['pricing'],
    },
    traffic: {
      units: 20_231,
      shares: [0.5, 0.5],
      multiple: 0.002,
      conversions: [
        { event: 'subscribe', rates: [0.128, 0.1095], within: 30 },
        { event: 'support-contact', rates: [0.018, 0.0185], within: 30 },
      ],
    },
  },
  {
    key: 'search-v3',
    created: 3,
    row: {
      ...defaults,
      name: 'Search ranking v3',
      hypothesis: 'If ranking learns from clicks of the last week, more searches lead to a click.',
      status: 'draft',
      seed: 'search-v3',
      coverage: 0.2,
      variants: [
        { key: 'control', name: 'Ranking v2', weight: 0.5 },
        { key: 'v3', name: 'Ranking v3', weight: 0.5 },
      ],
      metrics: { primary: 'search-success', secondary: [], guardrails: ['page-load'] },
      plan: { ...sequential, mde: 0.02, plannedUnits: 60_000, plannedDays: 14 },
      owner: 'search',
      tags: ['search'],
    },
  },
];
