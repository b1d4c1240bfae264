/** Whom a flag is evaluated for: the levels of context, and what a flag can't do without. */
import { OpenFeature } from '@openfeature/web-sdk';
import { expect } from 'chai';
import { BytelystProvider } from '../../../src/bindings/openfeature/index.js';
import { flag, world } from './world.js';

/** Flags that are on for whom one level of context gave the attribute. */
const levels = ['client', 'global', 'domain'];
const whoGave = (attribute: string) =>
  levels.map((level) =>
    flag(`${attribute}-${level}`, { no: false, yes: true }, 'yes', {
      condition: { [attribute]: level },
    }),
  );
const ofEach = (level: string, ...attributes: string[]) =>
  Object.fromEntries(attributes.map((attribute) => [attribute, level]));

describe('the context of OpenFeature flags', () => {
  const { client, provider, rows } = world();

  it('is the client’s attributes, and over them the global context', async () => {
    const config = { experiments: ['a', 'b', 'c'].flatMap(whoGave) };
    const attributes = { id: 'v1', ...ofEach('client', 'a', 'b') };
    const { client: flags } = await client(ofEach('global', 'b', 'c'), { config, attributes });
    const given = (attribute: string) =>
      levels.filter((level) => flags.getBooleanValue(`${attribute}-${level}`, false));
    expect(['a', 'b', 'c'].map(given)).to.deep.equal([['client'], ['global'], ['global']]);
  });

  it('is, in a domain that has one, the domain’s in place of the global one', async () => {
    const config = { experiments: ['a', 'b', 'c'].flatMap(whoGave) };
    const attributes = { id: 'v1', ...ofEach('client', 'a') };
    const made = provider({ config, attributes });
    await OpenFeature.setContext(ofEach('global', 'b', 'c'));
    await OpenFeature.setProviderAndWait('shop', made.provider, ofEach('domain', 'c'));
    const given = (attribute: string) =>
      levels.filter((level) =>
        OpenFeature.getClient('shop').getBooleanValue(`${attribute}-${level}`, false),
      );
    expect(['a', 'b', 'c'].map(given)).to.deep.equal([['client'], [], ['domain']]);
    await OpenFeature.clearContext('shop');
    expect(['a', 'b', 'c'].map(given)).to.deep.equal([['client'], ['global'], ['global']]);
  });

  it('is what hooks see, who can’t change it', async () => {
    const { client: flags } = await client({ customer: false });
    const seen: unknown[] = [];
    flags.addHooks({
      before({ context }) {
        seen.push({ ...context });
        (context as { customer?: boolean }).customer = true;
      },
    });
    expect(flags.getStringDetails('context-aware', 'default').errorCode).to.equal('GENERAL');
    expect(seen).to.deep.equal([{ customer: false }]);
  });

  it('calls hooks from the API’s to the evaluation’s, and back', async () => {
    const { client: flags } = await client();
    const calls: string[] = [];
    const hook = (name: string) => ({
      before: () => void calls.push(`before ${name}`),
      after: () => void calls.push(`after ${name}`),
      finally: () => void calls.push(`finally ${name}`),
    });
    OpenFeature.addHooks(hook('api'));
    flags.addHooks(hook('client'));
    flags.getBooleanValue('boolean', false, { hooks: [hook('evaluation')] });
    const there = ['api', 'client', 'evaluation'];
    const back = there.toReversed();
    expect(calls).to.deep.equal([
      ...there.map((name) => `before ${name}`),
      ...back.map((name) => `after ${name}`),
      ...back.map((name) => `finally ${name}`),
    ]);
  });

  it('needs a targeting key, or the attribute that is hashed', async () => {
    const config = {
      experiments: [
        flag('by-key', { off: false, on: true }, 'on'),
        flag('by-team', { off: false, on: true }, 'on', { hashAttribute: 'team' }),
        flag('paused', { off: false, on: true }, 'on', { status: 'paused' }),
      ],
    };
    const made = await client({}, { config, attributes: {} });
    const { client: flags, experiments } = made;
    const errors = (): unknown[] =>
      ['by-key', 'by-team', 'paused'].map((key) => {
        const { value, errorCode } = flags.getBooleanDetails(key, true);
        return [value, errorCode];
      });
    expect(errors()).to.deep.equal([
      [true, 'TARGETING_KEY_MISSING'],
      [true, 'INVALID_CONTEXT'],
      [false, undefined],
    ]);
    await OpenFeature.setContext({ targetingKey: '' });
    expect(errors()[0]).to.deep.equal([true, 'TARGETING_KEY_MISSING']);
    await experiments.settled();
    expect(rows('exposures')).to.deep.equal([]);

    await OpenFeature.setContext({ targetingKey: 'user-7', team: 'red' });
    expect(errors()).to.deep.equal([
      [true, undefined],
      [true, undefined],
      [false, undefined],
    ]);
    await experiments.settled();
    expect(rows('exposures').map(({ unit }) => unit)).to.have.members(['user-7', 'red']);
  });

  it('knows the provider by its name', async () => {
    await client();
    expect(OpenFeature.providerMetadata.name).to.equal('bytelyst');
    expect(OpenFeature.getProvider()).to.be.instanceOf(BytelystProvider);
  });
});
