/** A workspace that has something to lose. */
import { setTimeout as delay } from 'node:timers/promises';
import { experiment } from './rows.js';
import { type Attack, CANARY } from './suite.js';

/** A workspace with something in every table, all of it secret. */
export async function furnish(attack: Attack): Promise<{ key: string; cursor: string }> {
  const { workspace, subject } = attack;
  const grant = { subject: 'page', workspace, role: 'writer' } as const;
  const key = await subject.ask('issue', { kind: 'write-key', grant });
  await attack.session('admin');
  const owner = `editor-of-${workspace}`;
  const running = experiment('secret', { name: CANARY, status: 'running' });
  const metric = { key: 'secret', name: CANARY, event: 'bought', kind: 'proportion' };
  await attack.push('a task', { key: 'secret' }, 'applied');
  await attack.push(
    'a note',
    { collection: 'notes', key: 'secret', value: { title: CANARY, owner } },
    'applied',
  );
  await attack.push(
    'an experiment',
    { collection: 'experiments', key: 'secret', value: running },
    'applied',
  );
  await attack.push('a metric', { collection: 'metrics', key: 'secret', value: metric }, 'applied');
  await attack.request('events', { path: '/v1/events', body: secretEvents(CANARY) }, 200);
  const { body } = await attack.request('a pull', { path: '/v1/sync/pull?collections=tasks' }, 200);
  const { cursor } = JSON.parse(body.trimEnd().split('\n').at(-1)!) as { cursor: string };
  return { key, cursor };
}

export const secretEvents = (unit: string, at = Date.now()) => ({
  sentAt: at,
  events: [
    { type: 'exposure', id: 'x1', experiment: 'secret', phase: 1, variant: 'bold', unit, at },
    { type: 'conversion', id: 'c1', name: 'bought', unit, at },
    { type: 'identify', id: 'i1', anonymous: `${unit}-before`, unit, at },
  ],
});

/** What a workspace has, when its results have been made. */
export async function settled({ subject, workspace }: Attack): Promise<Record<string, string>> {
  for (let last = ''; ; await delay(50)) {
    const state = await subject.ask('workspace', workspace);
    const now = JSON.stringify(state);
    if (now === last && state.stale_results === EMPTY) return state;
    last = now;
  }
}
/** SHA-256 of no rows. */
const EMPTY = '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945';
