/** What a provider is, and says, from its registration to its end: its status and events. */
import { ClientProviderEvents, OpenFeature } from '@openfeature/web-sdk';
import { expect } from 'chai';
import { config, json, world } from './world.js';

describe('the life of an OpenFeature provider', () => {
  const { provider, fetching, client } = world();

  /** A network that can be cut, and what was asked of it. */
  function network() {
    const state = { online: false, calls: 0 };
    const fetch = async (): Promise<Response> => {
      state.calls++;
      if (!state.online) throw new TypeError('Failed to fetch');
      return json(config);
    };
    return { state, fetch };
  }
  const online = (): void => void globalThis.dispatchEvent?.(new Event('online')); // Node waits.
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  /** Evaluates a flag of each type; the errors. */
  const errorsOfAll = () => {
    const flags = OpenFeature.getClient();
    const details = [
      flags.getBooleanDetails('boolean', false),
      flags.getStringDetails('string', 'bye'),
      flags.getNumberDetails('integer', 1),
      flags.getNumberDetails('float', 0.1),
      flags.getObjectDetails('object', { a: 1 }),
    ];
    expect(details.map(({ value }) => value)).to.deep.equal([false, 'bye', 1, 0.1, { a: 1 }]);
    return [...new Set(details.map(({ errorCode }) => errorCode))];
  };

  it('is not ready, then ready, and says so', async () => {
    let arrive: (response: Response) => void = () => {};
    const { provider } = fetching(() => new Promise((resolve) => (arrive = resolve)));
    const ready = OpenFeature.setProviderAndWait(provider);
    const flags = OpenFeature.getClient();
    expect(flags.providerStatus).to.equal('NOT_READY');
    expect(errorsOfAll()).to.deep.equal(['PROVIDER_NOT_READY']);
    const told: unknown[] = [];
    flags.addHandler(ClientProviderEvents.Ready, (details) => told.push(details?.providerName));
    arrive(json(config));
    await ready;
    expect(flags.providerStatus).to.equal('READY');
    expect(told).to.deep.equal(['bytelyst']);
    expect(flags.getBooleanValue('boolean', false)).to.equal(true);
  });

  it('is in error for good where the server refuses', async () => {
    const refused = fetching(async () => new Response('no', { status: 401 }));
    await OpenFeature.setProviderAndWait(refused.provider).catch(() => {});
    expect(OpenFeature.getClient().providerStatus).to.equal('FATAL');
    expect(errorsOfAll()).to.deep.equal(['PROVIDER_FATAL']);
  });

  it('is in error while the server is away, and ready as soon as it is back', async () => {
    const { state, fetch } = network();
    const flags = OpenFeature.getClient();
    const events: string[] = [];
    for (const event of [ClientProviderEvents.Error, ClientProviderEvents.Ready])
      OpenFeature.addHandler(event, () => void events.push(event));
    await OpenFeature.setProviderAndWait(fetching(fetch).provider).catch(() => {});
    expect(flags.providerStatus).to.equal('ERROR');
    expect(errorsOfAll()).to.deep.equal(['PROVIDER_NOT_READY']);

    state.online = true;
    events.length = 0;
    online();
    await until(() => flags.providerStatus !== 'ERROR');
    expect(flags.providerStatus).to.equal('READY');
    expect(events).to.deep.equal(['PROVIDER_READY']);
    expect(flags.getBooleanValue('boolean', false)).to.equal(true);
    OpenFeature.clearHandlers();
  });

  it('is ready when it is registered again after the server came back', async () => {
    const { state, fetch } = network();
    const late = fetching(fetch);
    await OpenFeature.setProviderAndWait(late.provider).catch(() => {});
    await OpenFeature.setProviderAndWait(provider().provider);
    state.online = true;
    online();
    await until(() => late.experiments.inspect().config !== undefined);
    await OpenFeature.setProviderAndWait(late.provider);
    expect(OpenFeature.getClient().providerStatus).to.equal('READY');
    expect(state.calls).to.equal(2);
  });

  it('tells which flags a newer configuration changes', async () => {
    const changed = structuredClone(config);
    changed.experiments[0]!.status = 'paused';
    changed.experiments.pop();
    let arrive: (response: Response) => void = () => {};
    const kept = JSON.stringify(config);
    const { provider: made } = provider({
      config: undefined as never,
      configUrl: '/v1/config',
      cache: {
        getItem: (key) => (key.includes('config') ? kept : null),
        setItem: () => {},
        removeItem: () => {},
      },
      fetch: () => new Promise((resolve) => (arrive = resolve)),
    });
    await OpenFeature.setProviderAndWait(made);
    const told = new Promise((resolve) =>
      made.events.addHandler('PROVIDER_CONFIGURATION_CHANGED' as never, resolve),
    );
    arrive(json(changed));
    expect(await told).to.deep.include({ flagsChanged: ['boolean', 'paused'] });
    expect(OpenFeature.getClient().getBooleanDetails('boolean', true).reason).to.equal('DISABLED');
  });

  it('tells of changes when it is registered again, and of none after it was replaced', async () => {
    const { provider: made, experiments } = await client();
    const told: unknown[] = [];
    OpenFeature.addHandler(ClientProviderEvents.ConfigurationChanged, (details) =>
      told.push((details as { flagsChanged?: string[] }).flagsChanged?.length),
    );
    experiments.setAttributes({ id: 'v2' });
    await OpenFeature.setProviderAndWait(provider().provider);
    experiments.setAttributes({ id: 'v3' });
    expect(told).to.deep.equal([config.experiments.length]);
    await OpenFeature.setProviderAndWait(made);
    experiments.setAttributes({ id: 'v4' });
    expect(told).to.have.length(2);
    OpenFeature.clearHandlers();
  });

  it('calls a handler at once for what is so already, and none that was taken away', async () => {
    const { client: flags, experiments } = await client();
    const told: string[] = [];
    flags.addHandler(ClientProviderEvents.Ready, () => void told.push('ready'));
    const changed = (): void => void told.push('changed');
    flags.addHandler(ClientProviderEvents.ConfigurationChanged, changed);
    flags.removeHandler(ClientProviderEvents.ConfigurationChanged, changed);
    experiments.setAttributes({ id: 'v2' });
    expect(told).to.deep.equal(['ready']);
  });
});
