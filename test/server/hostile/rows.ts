/** Rows that the categories share. */
import { expect } from 'chai';
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

/** Pushes rows with these titles and sees them again, letter by letter. */
export async function keepsAsText(attack: Attack, texts: readonly string[]) {
  const kept: Record<string, string> = {};
  for (const title of texts) {
    const mutation = attack.mutation({ value: { title } });
    kept[mutation.key] = title;
    await attack.push(title.slice(0, 60), mutation as never, 'applied');
  }
  const rows = await attack.rows();
  for (const [key, title] of Object.entries(kept)) expect(rows[key]).to.deep.equal({ title });
}

/** A whole push with `text` in it where the row's title would be. */
export async function withTitle(attack: Attack, text: string): Promise<string> {
  const body = JSON.stringify({ client: attack.client, mutations: [attack.mutation()] });
  return body.replace(`"${CANARY}"`, () => text);
}
