import { html, render } from 'lit';
import { createExperiments } from '../src/experiments/index.js';
import { bytelystTransport, createSyncEngine, indexedDBStorage } from '../src/sync/index.js';
import type { SyncStatusElement } from '../src/elements/sync-status/sync-status.js';
import { connectOfflineSwitch } from './offline-switch.js';
import { connectStatus } from './shell.js';

/** The demo workspace's public key: it may record events and read what is being tested. */
const WRITE_KEY = 'bl_write_demo';
const EXPERIMENT = 'hero-copy';
const VISITORS = 1_000;

type Tally = Map<string, { visitors: number; signUps: number }>;

/**
 * Sends made-up visitors through a real experiment, recorded as an app would record real ones: on
 * this device first, on the server when there is a network, each exactly once.
 */
export function showVisitors(place: HTMLElement, offline: HTMLInputElement): void {
  const engine = createSyncEngine({
    storage: indexedDBStorage('bytelyst-demo-visitors'),
    transport: bytelystTransport({ url: '/v1', token: WRITE_KEY }),
    entities: { exposures: { append: 'keep' }, conversions: { append: 'forget' } },
  });
  const experiments = createExperiments({
    sync: engine,
    configUrl: '/v1/config',
    writeKey: WRITE_KEY,
    onError: (error) => draw(error.message),
  });
  const tally: Tally = new Map();
  let sending = false;

  const send = async (): Promise<void> => {
    sending = true;
    draw();
    await experiments.ready;
    for (let i = 0; i < VISITORS; i++) {
      const unit = crypto.randomUUID();
      const { variant, inExperiment } = experiments.variant(EXPERIMENT, { id: unit });
      if (!inExperiment) continue;
      const counts = tally.get(variant) ?? { visitors: 0, signUps: 0 };
      tally.set(variant, counts);
      counts.visitors++;
      if (Math.random() > (variant === 'control' ? 0.08 : 0.1)) continue;
      counts.signUps++;
      await experiments.convert('sign-up', { unit });
    }
    await experiments.settled();
    sending = false;
    draw(tally.size ? '' : `“${EXPERIMENT}” is not running; start it on the dashboard.`);
  };

  const report = (error: unknown): void => {
    sending = false;
    draw(error instanceof Error ? error.message : String(error));
  };

  const draw = (problem = ''): void => {
    render(
      html`
        <p class="stage-actions">
          <button
            type="button"
            class="button"
            ?disabled=${sending}
            @click=${() => void send().catch(report)}
          >
            Send 1,000 visitors
          </button>
          <bl-sync-status id="visitors-status"></bl-sync-status>
        </p>
        <table id="visitors-tally" ?hidden=${!tally.size}>
          <thead>
            <tr>
              <th scope="col">Variant</th>
              <th scope="col" class="number">Visitors</th>
              <th scope="col" class="number">Sign-ups</th>
            </tr>
          </thead>
          <tbody>
            ${[...tally].map(
              ([variant, { visitors, signUps }]) =>
                html`<tr>
                  <th scope="row">${variant}</th>
                  <td class="number">${visitors.toLocaleString('en')}</td>
                  <td class="number">${signUps.toLocaleString('en')}</td>
                </tr>`,
            )}
          </tbody>
        </table>
        <p class="problem" role="alert" ?hidden=${!problem}>${problem}</p>
      `,
      place,
    );
  };

  draw();
  const status = place.querySelector<SyncStatusElement>('#visitors-status')!;
  connectStatus(status, engine);
  connectOfflineSwitch(offline, engine);
}
