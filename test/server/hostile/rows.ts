/** Rows that the categories share. */
import type { UserRole } from '../../../src/server/access/identity.js';
import { Attack, CANARY } from './suite.js';

/** An experiment that would be stored, but for `change`. */
export function experiment(key: string, change: Readonly<Record<string, unknown>> = {}) {
  return {
    key,
    name: 'Hero',
    hypothesis: '',
    kind: 'ab',
    status: 'draft',
    phase: 1,
    hashAttribute: 'id',
    hashVersion: 3,
    seed: 's',
    coverage: 1,
    variants: [
      { key: 'control', name: 'Control', weight: 0.5 },
      { key: 'bold', name: 'Bold', weight: 0.5 },
    ],
    metrics: { primary: 'm', secondary: [], guardrails: [] },
    plan: { method: 'fixed', alpha: 0.05, power: 0.8, mde: 0.1 },
    owner: 'web',
    tags: [],
    createdAt: '2026-11-20T00:00:00Z',
    ...change,
  };
}

/** A row of `notes` that belongs to that role's user. */
export const noteOf = (attack: Attack, owner: UserRole, more: object = {}) => ({
  collection: 'notes',
  value: { title: CANARY, owner: `${owner}-of-${attack.workspace}`, ...more },
});

/** Somebody else of the same workspace, on a device of their own. */
export const other = (attack: Attack) =>
  new Attack(attack.category, attack.subject, attack.workspace);
