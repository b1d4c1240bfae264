/**
 * The behaviour that OpenFeature's specification tests of a provider (evaluation, context, errors,
 * metadata, hooks, events, tracking), through its own SDK, on a real engine.
 */
import { OpenFeature, type EvaluationContext, type JsonValue } from '@openfeature/web-sdk';
import { expect } from 'chai';
import { flag, picture, world } from './world.js';

describe('the OpenFeature provider', () => {
  const { provider, client, rows, errors } = world();

  it('resolves values of every type, with their variant, and no metadata where there is none', async () => {
    const { client: flags } = await client();
    const details = [
      flags.getBooleanDetails('boolean', false),
      flags.getStringDetails('string', 'bye'),
      flags.getNumberDetails('integer', 1),
      flags.getNumberDetails('float', 0.1),
      flags.getObjectDetails('object', {}),
    ];
    expect(details.map(({ value }) => value)).to.deep.equal([true, 'hi', 10, 0.5, picture]);
    expect(details.map(({ variant }) => variant)).to.deep.equal(
      'on greeting ten half template'.split(' '),
    );
    expect(details.map(({ flagKey }) => flagKey)).to.deep.equal(
      'boolean string integer float object'.split(' '),
    );
    for (const { reason, errorCode, flagMetadata } of details) {
      expect([reason, errorCode]).to.deep.equal(['STATIC', undefined]);
      expect(flagMetadata).to.deep.equal({});
    }
  });

  const zeros: [string, JsonValue, JsonValue][] = [
    ['boolean-zero', true, false],
    ['string-zero', 'hi', ''],
    ['number-zero', 1, 0],
    ['object-zero', { a: 1 }, {}],
  ];
  const contexts: [string, EvaluationContext, string][] = [
    ['a match', { email: 'somebody@example.com' }, 'TARGETING_MATCH'],
    ['no match', { email: 'nobody@example.com' }, 'DEFAULT'],
    ['an empty context', {}, 'DEFAULT'],
    ['a null', { email: null as never }, 'DEFAULT'],
  ];
  for (const [name, context, reason] of contexts) {
    it(`resolves values that are false, empty or 0, for ${name} by ${reason}`, async () => {
      const { provider } = await client();
      for (const [key, fallback, value] of zeros) {
        const details =
          typeof fallback === 'boolean'
            ? provider.resolveBooleanEvaluation(key, fallback, context)
            : typeof fallback === 'string'
              ? provider.resolveStringEvaluation(key, fallback, context)
              : typeof fallback === 'number'
                ? provider.resolveNumberEvaluation(key, fallback, context)
                : provider.resolveObjectEvaluation(key, fallback, context);
        expect(details, key).to.deep.include({ value, reason, variant: 'zero' });
      }
    });
  }

  it('resolves values that are false, empty or 0 that everybody gets', async () => {
    const config = {
      experiments: zeros.map(([key, other, zero]) => flag(key, { zero, other }, 'zero')),
    };
    const { client: flags } = await client({}, { config });
    const details = [
      flags.getBooleanDetails('boolean-zero', true),
      flags.getStringDetails('string-zero', 'hi'),
      flags.getNumberDetails('number-zero', 1),
      flags.getObjectDetails('object-zero', { a: 1 }),
    ];
    for (const [i, { value, reason, variant }] of details.entries())
      expect([value, reason, variant]).to.deep.equal([zeros[i]![2], 'STATIC', 'zero']);
  });

  it('gives the default for each flag that is asked for as another type', async () => {
    const { client: flags } = await client();
    const types: Record<string, string[]> = {
      boolean: ['boolean'],
      string: ['string'],
      number: ['integer', 'float'],
      object: ['object'],
    };
    for (const [type, ofType] of Object.entries(types))
      for (const key of Object.values(types).flat()) {
        const asked = {
          boolean: () => flags.getBooleanDetails(key, false),
          string: () => flags.getStringDetails(key, 'bye'),
          number: () => flags.getNumberDetails(key, 13),
          object: () => flags.getObjectDetails<JsonValue>(key, { a: 1 }),
        };
        const { value, errorCode, reason } = asked[type as keyof typeof asked]();
        const fallback = { boolean: false, string: 'bye', number: 13, object: { a: 1 } }[type];
        if (ofType.includes(key)) expect(errorCode, `${key} as ${type}`).to.equal(undefined);
        else
          expect([value, errorCode, reason], `${key} as ${type}`).to.deep.equal([
            fallback,
            'TYPE_MISMATCH',
            'ERROR',
          ]);
      }
  });

  it('decides anew when the context changes', async () => {
    const { client: flags } = await client({ fn: 'A', ln: 'B', age: 29, customer: false });
    expect(flags.getStringValue('context-aware', 'EXTERNAL')).to.equal('INTERNAL');
    await OpenFeature.setContext({});
    expect(flags.getStringValue('context-aware', 'EXTERNAL')).to.equal('EXTERNAL');
  });

  it('hands on metadata', async () => {
    const { client: flags } = await client();
    expect(flags.getBooleanDetails('described', false).flagMetadata).to.deep.equal({
      text: '1.0.2',
      integer: 2,
      float: 0.1,
      boolean: true,
    });
  });

  it('gives the default and says why for what is unknown or of another type', async () => {
    const { client: flags, experiments } = await client();
    const missing = [
      flags.getBooleanDetails('none', true),
      flags.getStringDetails('none', 'bye'),
      flags.getNumberDetails('none', 0.1),
      flags.getObjectDetails('none', { a: 1 }),
    ];
    expect(missing.map(({ value }) => value)).to.deep.equal([true, 'bye', 0.1, { a: 1 }]);
    for (const { reason, errorCode } of missing)
      expect([reason, errorCode]).to.deep.equal(['ERROR', 'FLAG_NOT_FOUND']);

    const mistaken = [
      flags.getStringDetails('boolean', 'bye'),
      flags.getBooleanDetails('string', false),
      flags.getNumberDetails('string', 13),
      flags.getObjectDetails('string', {}),
      flags.getNumberDetails('bare', 13),
    ];
    expect(mistaken.map(({ value }) => value)).to.deep.equal(['bye', false, 13, {}, 13]);
    for (const { reason, errorCode } of mistaken)
      expect([reason, errorCode]).to.deep.equal(['ERROR', 'TYPE_MISMATCH']);
    await experiments.settled();
    expect(rows('exposures')).to.deep.equal([]);
  });

  it('takes a variant without a payload for true, and for its key', async () => {
    const { client: flags } = await client();
    expect(flags.getBooleanValue('bare', false)).to.equal(true);
    expect(flags.getStringValue('bare', '')).to.equal('bold');
  });

  it('says what is split, switched off or shown only', async () => {
    const { client: flags, experiments } = await client();
    expect(flags.getStringDetails('split', '').reason).to.equal('SPLIT');
    const paused = flags.getBooleanDetails('paused', true);
    expect(paused).to.include({ value: false, reason: 'DISABLED', variant: 'off' });
    const forced = provider({ forced: { split: 'b' } });
    await OpenFeature.setProviderAndWait(forced.provider);
    const details = OpenFeature.getClient().getStringDetails('split', '');
    expect(details).to.include({ value: 'b', reason: 'STATIC' });
    await Promise.all([experiments.settled(), forced.experiments.settled()]);
    expect(rows('exposures'), 'the first one only').to.have.length(1);
  });

  it('records whoever takes part once, by the targeting key where there is one', async () => {
    const { client: flags, experiments } = await client();
    flags.getBooleanValue('boolean', false);
    flags.getBooleanValue('boolean', false);
    await OpenFeature.setContext({ targetingKey: 'user-7' });
    flags.getBooleanValue('boolean', false);
    flags.getBooleanValue('paused', false);
    await experiments.settled();
    const met = rows('exposures').map(({ unit, variant }) => [unit, variant]);
    expect(met).to.have.deep.members([
      ['visitor-42', 'on'],
      ['user-7', 'on'],
    ]);
  });

  it('calls hooks with the details', async () => {
    const { client: flags } = await client();
    const calls: unknown[][] = [];
    flags.addHooks({
      before: () => void calls.push(['before']),
      after: (_, { value, reason }) => void calls.push(['after', value, reason]),
      error: () => void calls.push(['error']),
      finally: (_, { value, errorCode }) => void calls.push(['finally', value, errorCode]),
    });
    flags.getBooleanDetails('boolean', false);
    flags.getStringDetails('missing', 'uh');
    flags.getNumberDetails('string', 13);
    expect(calls).to.deep.equal([
      ['before'],
      ['after', true, 'STATIC'],
      ['finally', true, undefined],
      ['before'],
      ['error'],
      ['finally', 'uh', 'FLAG_NOT_FOUND'],
      ['before'],
      ['error'],
      ['finally', 13, 'TYPE_MISMATCH'],
    ]);
  });

  it('tracks conversions, with their value, unit and details', async () => {
    const { client: flags, experiments } = await client({ targetingKey: 'user-7' });
    const at = new Date(Date.UTC(2026, 0, 2));
    flags.track('purchase', { value: 49.9, currency: 'EUR', items: 3, gift: false, at });
    flags.track('sign-up');
    flags.track('basket', { ids: ['a', 'b'], coupon: null as never });
    await experiments.settled();
    const tracked = rows('conversions').map(({ name, unit, value, props }) => [
      name,
      unit,
      value,
      props,
    ]);
    expect(tracked).to.have.deep.members([
      [
        'purchase',
        'user-7',
        49.9,
        { currency: 'EUR', items: 3, gift: false, at: '2026-01-02T00:00:00.000Z' },
      ],
      ['sign-up', 'user-7', undefined, undefined],
      ['basket', 'user-7', undefined, { ids: '["a","b"]' }],
    ]);
    expect(errors()).to.deep.equal([]);
  });

  it('tracks without the details that the server would refuse, and says which', async () => {
    const { client: flags, experiments } = await client();
    const circle: Record<string, never> = {};
    circle.self = circle as never;
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`p${i}`, i]));
    const details = {
      'a b': 1,
      long: 'x'.repeat(201),
      nan: NaN,
      circle,
      no: new Date(NaN),
      ...many,
    };
    flags.track('purchase', details);
    await experiments.settled();
    const { p20, ...kept } = many;
    expect(p20).to.equal(20);
    expect(rows('conversions').map(({ props }) => props)).to.deep.equal([kept]);
    expect(errors().map(String)).to.have.length(1);
    expect(String(errors()[0])).to.match(
      /“purchase” is recorded without a b, long, nan, circle, no, p20:/,
    );
  });

  it('tracks no value that is no number', async () => {
    const { client: flags, experiments } = await client();
    flags.track('text', { value: '5' as never });
    await experiments.settled();
    await Promise.resolve();
    expect(rows('conversions')).to.deep.equal([]);
    expect(errors().map((error) => (error as { code: string }).code)).to.deep.equal([
      'invalid-value',
    ]);
  });

  it('tracks nothing under no name, and tells of the error', async () => {
    const { client: flags, experiments } = await client();
    flags.track('');
    flags.track(null as never);
    await experiments.settled();
    await Promise.resolve();
    expect(rows('conversions')).to.deep.equal([]);
    expect(errors().map((error) => (error as { code: string }).code)).to.deep.equal([
      'invalid-name',
      'invalid-name',
    ]);
  });
});
