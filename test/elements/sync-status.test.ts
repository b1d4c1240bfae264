import { aTimeout, expect, fixture, html, waitUntil } from '@open-wc/testing';
import fc from 'fast-check';
import { syncStatusMessages } from '../../src/elements/messages.js';
import '../../src/elements/sync-status/define.js';
import type { SyncSource, SyncStatusElement } from '../../src/elements/sync-status/sync-status.js';
import { viewOfStatus } from '../../src/elements/sync-status/view.js';
import type { SyncStatus } from '../../src/sync/types.js';
import { expectAccessible } from './accessible.js';
import { announcements } from './announcements.js';

const idle: SyncStatus = {
  status: 'idle',
  pending: 0,
  failed: 0,
  conflicts: 0,
  lastSyncedAt: Date.now(),
  lastError: null,
  leader: true,
  storage: 'ok',
};

/** A source that a test can change. */
function source(status: Partial<SyncStatus> = {}) {
  const callbacks = new Set<(status: SyncStatus) => void>();
  let value = { ...idle, ...status };
  return {
    callbacks,
    get: () => value,
    subscribe(callback: (status: SyncStatus) => void) {
      callbacks.add(callback);
      callback(value);
      return () => callbacks.delete(callback);
    },
    set(next: Partial<SyncStatus>) {
      value = { ...value, ...next };
      for (const callback of callbacks) callback(value);
    },
  } satisfies SyncSource & Record<string, unknown>;
}

const label = (element: SyncStatusElement) =>
  element.shadowRoot!.querySelector('[part=label]')!.textContent!.trim();
const action = (element: SyncStatusElement) =>
  element.shadowRoot!.querySelector<HTMLElement>('[part=action]');
const mount = async (from: SyncSource) =>
  fixture<SyncStatusElement>(html`<bl-sync-status .source=${from}></bl-sync-status>`);

describe('what the sync status says', () => {
  const say = (status: Partial<SyncStatus>) =>
    viewOfStatus({ ...idle, ...status }, syncStatusMessages).text;

  it('has one line for each state', () => {
    expect(say({})).to.equal('All changes saved');
    expect(say({ lastSyncedAt: null })).to.equal('Not synced yet');
    expect(say({ status: 'syncing' })).to.equal('Syncing …');
    expect(say({ pending: 2 })).to.equal('2 pending');
    expect(say({ status: 'offline' })).to.equal('Offline');
    expect(say({ status: 'offline', pending: 2 })).to.equal(
      'Offline · 2 changes safe on this device',
    );
    expect(say({ status: 'offline', pending: 1 })).to.equal(
      'Offline · 1 change safe on this device',
    );
    expect(say({ status: 'paused', pending: 1 })).to.equal('Paused · 1 pending');
    expect(say({ status: 'error', pending: 3 })).to.equal('Could not sync · 3 pending');
    expect(say({ failed: 2 })).to.equal('2 changes refused');
    expect(say({ conflicts: 1 })).to.equal('1 conflict');
    expect(say({ storage: 'degraded', status: 'offline' })).to.equal('This device cannot save');
  });

  it('never claims more than is true', () => {
    const status = fc.record({
      status: fc.constantFrom(
        'idle',
        'syncing',
        'offline',
        'error',
        'paused',
      ) satisfies fc.Arbitrary<SyncStatus['status']>,
      pending: fc.nat(5),
      failed: fc.nat(5),
      conflicts: fc.nat(5),
      lastSyncedAt: fc.option(fc.nat()),
      lastError: fc.constant(null),
      leader: fc.boolean(),
      storage: fc.constantFrom<SyncStatus['storage']>('ok', 'degraded'),
    });
    fc.assert(
      fc.property(status, (any) => {
        const { state, text } = viewOfStatus(any, syncStatusMessages);
        if (state === 'synced') {
          expect([any.pending, any.failed, any.conflicts]).to.deep.equal([0, 0, 0]);
          expect([any.status, any.storage]).to.deep.equal(['idle', 'ok']);
        }
        if (any.storage === 'degraded') expect(text).to.not.contain('safe');
        if (any.failed > 0) expect(state).to.equal('error');
      }),
    );
  });
});

describe('bl-sync-status', () => {
  it('says what its attributes say', async () => {
    const element = await fixture<SyncStatusElement>(
      html`<bl-sync-status
        lang="en"
        state="offline"
        pending="2"
        last-synced=${new Date(Date.now() - 3 * 60_000).toISOString()}
      ></bl-sync-status>`,
    );
    expect(label(element)).to.equal('Offline · 2 changes safe on this device');
    const time = element.shadowRoot!.querySelector('time')!;
    expect(time.textContent!.trim()).to.equal('Synced 3 min. ago');
    expect(Number.isNaN(Date.parse(time.dateTime))).to.equal(false);
  });

  it('shows no time that is none', async () => {
    const element = await fixture<SyncStatusElement>(
      html`<bl-sync-status state="synced" last-synced="yesterday"></bl-sync-status>`,
    );
    expect(element.shadowRoot!.querySelector('time')).to.equal(null);
  });

  it('follows its source, at once when the network goes', async () => {
    const from = source();
    const element = await mount(from);
    expect(label(element)).to.equal('All changes saved');
    from.set({ status: 'offline', pending: 2 });
    await element.updateComplete;
    expect(label(element)).to.equal('Offline · 2 changes safe on this device');
  });

  it('does not show what is over in a moment', async () => {
    const from = source();
    const element = await mount(from);
    const seen = new Set<string>();
    const observer = new MutationObserver(() => seen.add(label(element)));
    observer.observe(element.shadowRoot!, { subtree: true, characterData: true, childList: true });
    from.set({ status: 'syncing' });
    await aTimeout(30);
    from.set({ status: 'idle' });
    await aTimeout(500);
    expect([...seen]).to.not.include('Syncing …');
  });

  it('shows work that lasts', async () => {
    const from = source();
    const element = await mount(from);
    from.set({ status: 'syncing' });
    await waitUntil(() => label(element) === 'Syncing …', 'never shown', { timeout: 3_000 });
  });

  it('counts pending changes without waiting again', async () => {
    const from = source({ pending: 1 });
    const element = await mount(from);
    from.set({ pending: 2 });
    await element.updateComplete;
    expect(label(element)).to.equal('2 pending');
  });

  it('says a change once it holds, and nothing when quiet', async () => {
    const announcer = await announcements();
    const from = source();
    await mount(from);
    const quiet = await mount(from);
    quiet.quiet = true;
    await quiet.updateComplete;
    from.set({ status: 'offline', pending: 1 });
    from.set({ status: 'offline', pending: 2 });
    await aTimeout(1_100);
    expect(await announcer.all()).to.deep.equal(['Offline · 2 changes safe on this device']);
    announcer.stop();
  });

  it('offers another attempt after an error and runs the one of its source', async () => {
    let attempts = 0;
    const from = { ...source({ status: 'error' }), retry: async () => void attempts++ };
    const element = await mount(from);
    expect(action(element)!.textContent!.trim()).to.equal('Retry');
    action(element)!.click();
    expect(attempts).to.equal(1);
  });

  it('leaves the attempt to a listener that takes it', async () => {
    let attempts = 0;
    const from = { ...source({ status: 'error' }), retry: async () => void attempts++ };
    const element = await mount(from);
    element.addEventListener('bl-retry', (event) => event.waitUntil(Promise.resolve()));
    action(element)!.click();
    expect(attempts).to.equal(0);
  });

  it('asks to review what was refused', async () => {
    const element = await mount(source({ failed: 1 }));
    let asked = 0;
    element.addEventListener('bl-review', () => asked++);
    action(element)!.click();
    expect(asked).to.equal(1);
  });

  it('asks before the page is left only when it guards something', async () => {
    const element = await mount(source({ pending: 1 }));
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).to.equal(false);
    element.guard = true;
    expect(leave()).to.equal(true);
    element.remove();
    expect(leave()).to.equal(false);
  });

  it('lets go of its source when it leaves the page or gets another', async () => {
    const first = source();
    const second = source();
    const element = await mount(first);
    expect(first.callbacks.size).to.equal(1);
    element.source = second;
    await element.updateComplete;
    expect([first.callbacks.size, second.callbacks.size]).to.deep.equal([0, 1]);
    const parent = element.parentElement!;
    element.remove();
    expect(second.callbacks.size).to.equal(0);
    parent.append(element);
    expect(second.callbacks.size).to.equal(1);
  });

  it('keeps its words for screen readers when compact', async () => {
    const element = await fixture<SyncStatusElement>(
      html`<bl-sync-status compact state="synced"></bl-sync-status>`,
    );
    expect(label(element)).to.equal('All changes saved');
    expect(element.offsetHeight).to.be.at.most(32);
  });

  it('is an icon alone in the footer of a sidebar that is a rail', async () => {
    const place = await fixture<HTMLElement>(
      html`<div><bl-sync-status slot="footer" state="synced"></bl-sync-status></div>`,
    );
    const words = place.querySelector('bl-sync-status')!.shadowRoot!.querySelector('.words')!;
    place.style.width = '208px';
    expect(words.getBoundingClientRect().width).to.be.greaterThan(40);
    place.style.width = '40px';
    expect(words.getBoundingClientRect().width).to.equal(1);
  });

  it('is accessible in every state', async () => {
    const states = [
      'idle',
      'saving',
      'syncing',
      'synced',
      'offline',
      'paused',
      'error',
      'conflict',
    ];
    const page = await fixture<HTMLElement>(
      html`<div>
        ${states.map((state) => html`<bl-sync-status state=${state} pending="1"></bl-sync-status>`)}
      </div>`,
    );
    await expectAccessible(page);
  });
});
