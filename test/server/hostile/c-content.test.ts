/** C: content negotiation. What is no plain JSON in UTF-8 is refused before it is read. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Attack, CANARY, hostile } from './suite.js';

const bodyOf = (attack: Attack) => ({ client: attack.client, mutations: [attack.mutation()] });

async function refusesTypes(attack: Attack, types: readonly (string | null)[]) {
  for (const type of types) {
    const ask = { body: bodyOf(attack), headers: { 'Content-Type': type } };
    await attack.request(JSON.stringify(type), ask, 415);
  }
}

hostile('C content negotiation', (category) => {
  category(54, 'text/plain', (attack) =>
    refusesTypes(attack, ['text/plain', 'text/plain;charset=UTF-8', 'text/html', 'text/json']),
  );

  category(55, 'no type', (attack) => refusesTypes(attack, [null, '', ' ', ';', '/']));

  category(56, 'a type with garbage', async (attack) => {
    const generated = attack.generated(fc.stringMatching(/^[a-z/=,"*]{1,12}$/));
    await refusesTypes(attack, [
      'application/json garbage',
      'application/json, text/plain',
      'application/json;',
      'application/json; charset',
      'application/json; x=y',
      'application/jsonx',
      'xapplication/json',
      'application/*',
      '*/*',
      'application /json',
      'text/plain; application/json',
      ...generated.map((garbage) => `application/json ${garbage}`),
    ]);
    const [head, body] = await attack.bytes({ body: bodyOf(attack) });
    const twice = head.replace(/\r\n$/, 'Content-Type: text/plain\r\n\r\n');
    await attack.raw('two types', [twice, body], 400);
  });

  category(57, 'a tab after the type', (attack) =>
    refusesTypes(attack, [
      'application/json\tx',
      'application/json\t; charset=utf-8',
      'application/json;\tcharset=utf-8',
      'text/plain\tapplication/json',
      'application/json\t\t\t,text/plain',
    ]),
  );

  category(58, 'other character sets', (attack) =>
    refusesTypes(
      attack,
      ['utf-16', 'utf-16le', 'latin1', 'iso-8859-1', 'utf8', 'utf-7', 'utf-8-sig', 'x', '""'].map(
        (charset) => `application/json; charset=${charset}`,
      ),
    ),
  );

  category(59, 'forms and XML', async (attack) => {
    const xml = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>`;
    for (const [type, body] of [
      ['multipart/form-data; boundary=x', `--x\r\n\r\n${CANARY}\r\n--x--`],
      ['application/x-www-form-urlencoded', `client=${CANARY}`],
      ['application/xml', xml],
      ['text/xml', xml],
      ['application/graphql', '{ me }'],
      ['application/x-ndjson', '{}\n{}'],
      ['application/json-patch+json', '[]'],
      ['application/octet-stream', '\0\0'],
    ]) {
      await attack.request(type!, { body, headers: { 'Content-Type': type! } }, 415);
    }
  });

  category(
    60,
    'application/JSON, which is the same',
    async (attack) => {
      for (const type of [
        'application/JSON',
        'APPLICATION/json; CHARSET=UTF-8',
        'application/json;charset="utf-8"',
      ]) {
        const ask = { body: bodyOf(attack), headers: { 'Content-Type': type } };
        const answer = await attack.request(type, ask, 200);
        expect(answer.body).to.include('"applied"');
      }
    },
    { stores: true },
  );

  category(61, 'compressed bodies', async (attack) => {
    const plain = Buffer.from(JSON.stringify(bodyOf(attack)));
    const gzip = gzipSync(plain);
    for (const [encoding, body] of [
      ['gzip', gzip],
      ['x-gzip', gzip],
      ['GZIP', gzip],
      ['br', brotliCompressSync(plain)],
      ['deflate', deflateSync(plain)],
      ['zstd', Buffer.from('28b52ffd0458', 'hex')],
      ['gzip, gzip', gzipSync(gzip)],
      ['identity', plain],
      ['gzip, identity', gzip],
      ['', plain],
      ['x', plain],
    ] as const) {
      await attack.request(encoding, { body, headers: { 'Content-Encoding': encoding } }, 415);
    }
    await attack.request('gzip that does not say so', { body: gzip }, 400);
  });

  category(62, 'a zip bomb', async (attack) => {
    // Ten megabytes of one letter, packed three times over.
    const bomb = gzipSync(gzipSync(gzipSync(Buffer.alloc(10_000_000, 'x'))));
    const headers = { 'Content-Encoding': 'gzip, gzip, gzip' };
    await attack.request('said', { body: bomb, headers }, [413, 415]);
    await attack.request('not said', { body: bomb }, 400);
  });

  category(63, 'a client that takes only pictures', async (attack) => {
    for (const accept of ['image/*', 'text/html;q=0', 'application/json;q=0', 'x', '*/*;q=NaN']) {
      const ask = { path: '/v1/session', headers: { Accept: accept } };
      const answer = await attack.request(accept, ask, [200, 406]);
      expect(answer.headers['content-type']?.[0]).to.match(/^application\/(problem\+)?json/);
    }
  });

  category(64, 'a byte order mark', async (attack) => {
    const text = JSON.stringify(bodyOf(attack));
    await attack.request('UTF-8', { body: `\ufeff${text}` }, 400);
    const wide = Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from(text, 'utf16le')]);
    await attack.request('UTF-16', { body: wide }, 400);
    await attack.request('UTF-16 without', { body: Buffer.from(text, 'utf16le') }, 400);
  });

  category(65, 'bytes that are no UTF-8', async (attack) => {
    const text = JSON.stringify(bodyOf(attack));
    const [before, after] = text.split(CANARY) as [string, string];
    const generated = attack.generated(fc.uint8Array({ minLength: 1, maxLength: 4, min: 0x80 }));
    const broken = generated.filter((bytes) => !isUtf8(bytes));
    for (const bytes of [
      [0xc0, 0xaf],
      [0xff],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x80],
      ...broken.map((given) => [...given]),
    ]) {
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      await attack.request(Buffer.from(bytes).toString('hex'), { body }, 400);
    }
  });

  category(66, 'UTF-7', async (attack) => {
    await attack.request('a body', { body: '+AHsAfQ-' }, 400);
    await refusesTypes(attack, ['application/json; charset=UTF-7']);
  });
});

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
