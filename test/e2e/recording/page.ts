/**
 * The page that `test/e2e/recording.test.ts` drives: the tracking client as an app has it. With
 * `?unit=ann.9` a journey of nine visitors goes on, each of them redirected, or sent on by a plain
 * link.
 */
import { createExperiments } from '../../../src/experiments/index.js';
import { bytelystTransport, createSyncEngine, indexedDBStorage } from '../../../src/sync/index.js';

const KEY = 'bl_write_recording';

const sync = createSyncEngine({
  storage: indexedDBStorage('shop'),
  transport: bytelystTransport({ url: '/v1', token: KEY }),
  entities: {
    exposures: { append: 'keep' },
    conversions: { append: 'forget' },
    identifies: { append: 'keep' },
  },
});
const errors: string[] = [];
const query = new URLSearchParams(location.search);
const unit = query.get('unit') ?? 'nobody';
const experiments = createExperiments({
  sync,
  configUrl: '/v1/config',
  writeKey: KEY,
  attributes: { id: unit },
  onError: (error) => errors.push(error.message),
});

/** What the test may use of the page. */
const handles = {
  sync,
  experiments,
  errors,
  /** So many visitors meet the experiment and buy something; the ids, once all are on disk. */
  async record(count: number): Promise<{ units: string[]; conversions: (string | null)[] }> {
    const units = Array.from({ length: count }, (_, i) => `visitor-${i}`);
    const conversions = units.map((id) => {
      experiments.variant('landing', { id });
      return experiments.convert('purchase', { unit: id, value: 5 });
    });
    await experiments.settled();
    return { units, conversions: await Promise.all(conversions) };
  },
  arrived: false,
};
export type Handles = typeof handles;
Object.assign(window, { handles });

if (query.has('unit')) await travel();
if (query.has('form')) signUp(query.get('form')!);

async function travel(): Promise<void> {
  const [name, left] = unit.split('.');
  if (left === '0') {
    handles.arrived = true;
    return;
  }
  const next = `/?unit=${name}.${Number(left) - 1}`;
  await experiments.ready;
  const decision = experiments.variant('landing');
  if (await experiments.redirect(decision)) return;
  const link = document.createElement('a');
  link.href = next;
  document.body.append(link);
  link.click();
}

/** As docs/experiments.md has it: nobody waits. */
function signUp(method: string): void {
  const form = document.createElement('form');
  form.method = method;
  form.action = '/b.html';
  const mail = Object.assign(document.createElement('input'), {
    type: 'email',
    name: 'mail',
    required: true,
    value: 'ann@example.com',
  });
  const button = Object.assign(document.createElement('button'), { name: 'plan', value: 'pro' });
  button.append('Sign up');
  form.append(mail, button);
  form.addEventListener('submit', () => void experiments.convert('sign-up'));
  document.body.append(form);
}
