/** D: texts, names and dates in JSON that is well formed: kept as they are, or refused. */
import { expect } from 'chai';
import fc from 'fast-check';
import { experiment, withTitle } from './rows.js';
import { type Attack, hostile } from './suite.js';

hostile('D texts in JSON', (category) => {
  category(81, 'NUL in a string', async (attack) => {
    for (const text of ['"a\\u0000b"', '"\\u0000"', `"x","a\\u0000":1`, '"a\0b"']) {
      await attack.request(JSON.stringify(text), { body: await withTitle(attack, text) }, 400);
    }
  });

  category(82, 'half of a surrogate pair', async (attack) => {
    const generated = attack.generated(fc.integer({ min: 0xd800, max: 0xdfff }));
    for (const text of [
      '\\ud800',
      '\\udc00',
      '\\udc00\\ud800',
      'a\\ud83d',
      '\\ud83dx\\ude00',
      ...generated.map((code) => `\\u${code.toString(16)}`),
    ]) {
      await attack.request(text, { body: await withTitle(attack, `"${text}"`) }, 400);
      await attack.request(
        `${text} as a name`,
        { body: await withTitle(attack, `"x","${text}":1`) },
        400,
      );
    }
  });

  category(
    83,
    'characters that turn, hide or pass for others',
    async (attack) => {
      const tricks = [
        '\u202egnp.exe',
        '\u2066x\u2069',
        'a\u200bb',
        '\u200d',
        '\ufeffx',
        '\u0430dmin',
        'ａdmin',
        '\u00ad',
        '\u2028',
      ];
      for (const text of tricks) {
        await attack.push(`key ${escape(text)}`, { key: text }, 422);
        await attack.push(`collection ${escape(text)}`, { collection: text }, 422);
        await attack.push(
          `title ${escape(text)}`,
          { key: 'kept', op: 'replace', base: await versionOf(attack), value: { title: text } },
          'applied',
        );
        expect((await attack.rows())['kept']).to.deep.equal({ title: text });
      }
    },
    { stores: true },
  );

  category(
    84,
    'the same letters, composed in two ways',
    async (attack) => {
      const [nfc, nfd] = ['caf\u00e9', 'cafe\u0301'];
      await attack.push('a key', { key: nfc }, 422);
      await attack.push('its twin', { key: nfd }, 422);
      await attack.push(
        'names',
        { key: 'twins', value: { title: nfc, [nfc]: 1, [nfd]: 2 } },
        'applied',
      );
      expect((await attack.rows())['twins']).to.deep.equal({ title: nfc, [nfc]: 1, [nfd]: 2 });
    },
    { stores: true },
  );

  category(
    85,
    'emoji at the limits of a length',
    async (attack) => {
      await attack.push('500', { key: 'emoji', value: { title: '😀'.repeat(500) } }, 'applied');
      await attack.push('501', { value: { title: '😀'.repeat(501) } }, 422);
      await attack.push('a family', { value: { title: '👨‍👩‍👧‍👦'.repeat(72) } }, 422);
      expect((await attack.rows())['emoji']).to.deep.equal({ title: '😀'.repeat(500) });
    },
    { stores: true },
  );

  category(86, 'control characters', async (attack) => {
    for (const code of [1, 7, 8, 0x0b, 0x1b, 0x1f, 0x7f, 0x85, 0x9b]) {
      const text = String.fromCharCode(code);
      await attack.push(`key with ${code}`, { key: `a${text}` }, 422);
      if (code > 0x1f) continue;
      await attack.request(`bare ${code}`, { body: await withTitle(attack, `"${text}"`) }, 400);
    }
    await attack.push('a line break in a key', { key: 'a\n' }, 422);
  });

  category(87, 'a very long name', async (attack) => {
    await attack.push('of a member', { value: { title: 'x', ['y'.repeat(65)]: 1 } }, 422);
    await attack.push('of 60 kB', { value: { title: 'x', ['y'.repeat(60_000)]: 1 } }, 422);
    await attack.push('a key', { key: 'k'.repeat(65) }, 422);
    await attack.push('an id of a mutation', { collection: 'c'.repeat(65) }, 422);
    await attack.request('a client', { body: { client: 'c'.repeat(65), mutations: [] } }, 422);
    await attack.request(
      'on top',
      { body: { client: 'c', mutations: [], ['z'.repeat(900_000)]: 1 } },
      422,
    );
  });

  category(88, 'lists that would be sparse', async (attack) => {
    for (const value of [
      { title: 'x', 4294967295: 1, length: { x: 1 } },
      { title: { 0: 'x', length: 1 } },
      { title: 'x', list: Array.from({ length: 30_000 }, () => 0) },
    ]) {
      await attack.push(JSON.stringify(value).slice(0, 60), { value }, 422);
    }
    const { client } = attack;
    await attack.request(
      'as mutations',
      { body: { client, mutations: { 0: {}, length: 1 } } },
      422,
    );
    await attack.request('a huge index', { body: { client, mutations: { 4294967294: {} } } }, 422);
  });

  category(89, 'dates that there are not', async (attack) => {
    const generated = attack.generated(
      fc.tuple(fc.integer({ min: 13, max: 99 }), fc.integer({ min: 32, max: 99 })),
    );
    for (const createdAt of [
      '+275760-09-13T00:00:00Z',
      '-000001-01-01T00:00:00Z',
      '+275761-01-01T00:00:00Z',
      '0000-00-00T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T25:00:00Z',
      '2016-12-31T23:59:60Z',
      '2026-01-01T00:00:00',
      '2026-01-01',
      'infinity',
      '-infinity',
      'now',
      'epoch',
      '2026-01-01T00:00:00+25:00',
      '٢٠٢٦-01-01T00:00:00Z',
      '',
      5,
      ...generated.map(([month, day]) => `2026-${month}-${day}T00:00:00Z`),
    ]) {
      const change = {
        collection: 'experiments',
        key: 'dated',
        value: experiment('dated', { createdAt }),
      };
      await attack.push(JSON.stringify(createdAt), change, 422);
    }
    for (const at of [-1, 1.5, 8.7e15, 1e300, '2026-01-01', null]) {
      const body = { sentAt: at, events: [] };
      await attack.request(`sent at ${at}`, { path: '/v1/events', body }, 422);
    }
  });

  category(90, 'base64 that is padded wrongly', async (attack) => {
    const generated = attack.generated(fc.base64String({ minLength: 4, maxLength: 64 }));
    for (const cursor of [
      'eyJ3Ijp9=.x',
      'e30=.e30=',
      'e30.e3',
      '====',
      'e.e',
      'e30',
      '.',
      'a.b.c',
      ...generated,
    ]) {
      const path = `/v1/sync/pull?collections=tasks&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await attack.request(cursor, { path }, 200);
      expect(body, cursor).to.equal('{"reset":true,"reason":"cursor"}\n');
    }
  });
});

/** The version of the row “kept”; 0 while there is none. */
async function versionOf(attack: Attack): Promise<number> {
  const { body } = await attack.request(
    'its version',
    { path: '/v1/sync/pull?collections=tasks' },
    200,
  );
  for (const line of body.trimEnd().split('\n')) {
    const page = JSON.parse(line) as { keys?: string[]; versions?: number[] };
    const index = page.keys?.indexOf('kept') ?? -1;
    if (index !== -1) return page.versions![index]!;
  }
  return 0;
}
