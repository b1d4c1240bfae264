/** What the demo measures. */
import type { Metric } from '../../experiments/model.js';

export const demoMetrics: readonly Omit<Metric, 'id'>[] = [
  {
    key: 'purchase-rate',
    name: 'Purchase rate',
    event: 'purchase',
    kind: 'proportion',
    format: 'percent',
  },
  {
    key: 'revenue-per-visitor',
    name: 'Revenue per visitor',
    event: 'purchase',
    kind: 'mean',
    format: 'EUR',
  },
  {
    key: 'sign-up-rate',
    name: 'Sign-up rate',
    event: 'sign-up',
    kind: 'proportion',
    format: 'percent',
  },
  {
    key: 'activation-rate',
    name: 'Activation rate',
    event: 'activated',
    kind: 'proportion',
    format: 'percent',
  },
  {
    key: 'subscription-rate',
    name: 'Subscription rate',
    event: 'subscribe',
    kind: 'proportion',
    format: 'percent',
  },
  {
    key: 'search-success',
    name: 'Searches that led to a click',
    event: 'search-click',
    kind: 'proportion',
    format: 'percent',
  },
  {
    key: 'page-load',
    name: 'Page load',
    event: 'page-load',
    kind: 'mean',
    format: 's',
    lowerIsBetter: true,
    margin: 0.05,
  },
  {
    key: 'support-contacts',
    name: 'Support contacts per visitor',
    event: 'support-contact',
    kind: 'count',
    lowerIsBetter: true,
    margin: 0.15,
  },
];
