/** F: tokens. Whoever can't be told for sure is nobody: 401. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  CompactEncrypt,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type GenerateKeyPairResult,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { createKeyFinder } from '../../../src/server/access/jwks.js';
import { SECRET } from '../client.js';
import { countCase } from './counts.js';
import { type Attack, CANARY, hostile } from './suite.js';

const secret = new TextEncoder().encode(SECRET);
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const nowSeconds = () => Math.floor(Date.now() / 1000);

function claimsOf(
  { workspace }: Attack,
  change: Readonly<Record<string, unknown>> = {},
): JWTPayload {
  const now = nowSeconds();
  return {
    sub: 'mallory',
    workspace,
    role: 'admin',
    iss: 'https://issuer',
    aud: 'app',
    iat: now,
    exp: now + 600,
    ...change,
  };
}

/** A token signed with our own secret, over this header and this payload, as text if need be. */
async function signed(
  attack: Attack,
  header: object,
  payload: unknown = claimsOf(attack),
  key: Uint8Array = secret,
) {
  const input = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(payload)}`;
  const hmac = await importKey(key);
  const signature = Buffer.from(await crypto.subtle.sign('HMAC', hmac, Buffer.from(input)));
  return `${input}.${signature.toString('base64url')}`;
}

function importKey(key: Uint8Array) {
  return crypto.subtle.importKey(
    'raw',
    Buffer.from(key),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
}

async function refuses(attack: Attack, name: string, token: string, statuses = [401]) {
  const headers = { Authorization: `Bearer ${token}` };
  await attack.request(name, { path: '/v1/session', headers }, statuses);
  await attack.request(
    `${name}: a push`,
    { body: { client: 'c', mutations: [] }, headers },
    statuses,
  );
}

let issuer: GenerateKeyPairResult;
let published: JWK;
let endpoint: Server;
before(async () => {
  issuer = await generateKeyPair('RS256', { extractable: true });
  published = { ...(await exportJWK(issuer.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  endpoint = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [published] }));
  });
  await new Promise<void>((done) => endpoint.listen(0, '127.0.0.1', done));
});
after(() => void endpoint.close());

const jwksAddress = () => `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/keys`;

hostile(
  'F tokens',
  (category) => {
    category(104, 'no token, and garbage', async (attack) => {
      await attack.request('none', { path: '/v1/session', as: null }, 401);
      const generated = attack.generated(fc.stringMatching(/^[\w.~+/-]{1,60}$/));
      for (const header of [
        '',
        'Bearer',
        'Bearer ',
        'Basic eDp5',
        'bearer x',
        'Bearer a b',
        'Bearer ..',
        'Bearer a.b.c',
        'Token x',
        'Bearer null',
        'Bearer undefined',
        ...generated.map((text) => `Bearer ${text}`),
      ]) {
        await attack.request(
          header,
          { path: '/v1/session', headers: { Authorization: header } },
          401,
        );
      }
      await refuses(attack, 'a write key that is none', `bl_write_${CANARY}`);
      // 401 before 400: whoever is nobody learns nothing of what is wrong with the rest.
      const bad = { body: '{', as: null, headers: { 'Content-Type': 'text/plain' } };
      await attack.request('a bad body', bad, 401);
    });

    category(105, 'signed by nobody', async (attack) => {
      for (const alg of [
        'none',
        'NONE',
        'nOnE',
        'None',
        '',
        null,
        'HS256 ',
        'hs256',
        'HS1',
        'HS384',
        'HS512',
      ]) {
        const input = `${encode({ alg, typ: 'JWT' })}.${encode(claimsOf(attack))}`;
        for (const signature of ['', 'AA', encode('x')])
          await refuses(attack, String(alg), `${input}.${signature}`);
        await refuses(attack, `${alg}, two parts`, input);
      }
      await refuses(
        attack,
        'the right signature, another name',
        await signed(attack, { alg: 'HS512' }),
      );
    });

    category(106, 'signed with the public key', async (attack) => {
      const pem = await exportSPKI(issuer.publicKey);
      for (const text of [pem, pem.trim(), JSON.stringify(published), published.n!]) {
        await refuses(
          attack,
          text.slice(0, 30),
          await signed(attack, { kid: 'k1' }, undefined, Buffer.from(text)),
        );
      }
    });

    category(107, 'names of keys that lead elsewhere', async (attack) => {
      const { privateKey } = await generateKeyPair('RS256');
      for (const kid of [
        '../../dev/null',
        '/etc/passwd',
        `k1' or '1'='1`,
        'http://evil.example/k',
        '__proto__',
        'constructor',
        'k1\0',
        'x'.repeat(2_000),
        '',
        '.',
        'k2',
      ]) {
        const token = await new SignJWT(claimsOf(attack))
          .setProtectedHeader({ alg: 'RS256', kid })
          .sign(privateKey);
        await refuses(attack, kid.slice(0, 20), token);
      }
      for (const kid of [5, null, ['k1'], { k1: 1 }])
        await refuses(attack, JSON.stringify(kid), await signed(attack, { kid }));
    });

    category(108, 'keys that the token brings along', async (attack) => {
      const own = await generateKeyPair('RS256', { extractable: true });
      const jwk = await exportJWK(own.publicKey);
      for (const header of [
        { jwk },
        { jku: `${jwksAddress()}?${CANARY}` },
        { x5u: 'https://evil.example' },
        { x5c: ['AA=='] },
      ]) {
        const token = await new SignJWT(claimsOf(attack))
          .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
          .sign(own.privateKey);
        await refuses(attack, Object.keys(header)[0]!, token);
        await refuses(
          attack,
          `${Object.keys(header)[0]}, our secret`,
          await signed(attack, header),
        );
      }
    });

    category(109, 'headers that must be understood', async (attack) => {
      for (const header of [
        { crit: ['x'], x: 1 },
        { crit: [] },
        { crit: ['exp'] },
        { crit: 'x' },
        { b64: false, crit: ['b64'] },
        { zip: 'DEF' },
      ]) {
        await refuses(attack, JSON.stringify(header), await signed(attack, header));
      }
    });

    category(110, 'issuers, audiences and kinds that are not ours', async (attack) => {
      for (const change of [
        { iss: 'https://evil.example' },
        { iss: undefined },
        { iss: ['https://issuer'] },
        { iss: 'https://issuer/' },
        { aud: 'other' },
        { aud: undefined },
        { aud: [] },
        { aud: ['other'] },
        { aud: { app: 1 } },
        { sub: undefined },
        { sub: '' },
        { sub: 5 },
        { sub: 'x'.repeat(129) },
        { sub: 'a\0' },
        { workspace: undefined },
        { workspace: '../x' },
        { workspace: ['x'] },
        { role: 'root' },
        { role: 'writer' },
        { role: ['admin'] },
        { role: '__proto__' },
      ]) {
        await refuses(
          attack,
          JSON.stringify(change),
          await signed(attack, {}, claimsOf(attack, change)),
        );
      }
      for (const typ of ['sign-in+jwt', 'dpop+jwt', 'secevent+jwt', 'x', 5, '']) {
        await refuses(attack, `typ ${typ}`, await signed(attack, { typ }));
      }
    });

    category(111, 'times that are over or not yet', async (attack) => {
      const now = nowSeconds();
      for (const change of [
        { exp: now - 60 },
        { exp: 0 },
        { exp: -1 },
        { exp: undefined },
        { nbf: now + 600 },
        { nbf: 1e15 },
        { iat: now + 86_400 },
        { iat: 1e15 },
        { iat: 'x' },
      ]) {
        await refuses(
          attack,
          JSON.stringify(change),
          await signed(attack, {}, claimsOf(attack, change)),
        );
      }
    });

    category(112, 'times that are no numbers', async (attack) => {
      const whole = JSON.stringify(claimsOf(attack, { exp: 'EXP' }));
      for (const exp of [
        '"9999999999"',
        'null',
        'true',
        '[9999999999]',
        '{}',
        '1e400',
        '-1e400',
        'NaN',
        '1e300',
        '"NaN"',
        '""',
        '9999999999, "exp": "x"',
      ]) {
        await refuses(attack, exp, await signed(attack, {}, whole.replace('"EXP"', exp)));
      }
    });

    category(113, 'signatures that are cut or written otherwise', async (attack) => {
      const token = await signed(attack, {}, claimsOf(attack));
      await attack.request(
        'as it is',
        { path: '/v1/session', headers: { Authorization: `Bearer ${token}` } },
        200,
      );
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const last = signature.at(-1)!;
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const sibling = alphabet[alphabet.indexOf(last) ^ 1]!;
      const flips = attack.generated(fc.nat(signature.length - 2));
      for (const other of [
        '',
        signature.slice(0, -1),
        signature.slice(0, 10),
        `${signature}=`,
        `${signature}==`,
        `${signature}A`,
        `${signature}.`,
        signature.slice(0, -1) + sibling,
        signature.replaceAll('-', '+').replaceAll('_', '/') + '=',
        encode(signature),
        ...flips.map(
          (at) =>
            `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`,
        ),
      ]) {
        await refuses(attack, other.slice(-12), `${header}.${payload}.${other}`);
      }
      await refuses(attack, 'a padded payload', `${header}.${payload}=.${signature}`);
      await refuses(
        attack,
        'another payload',
        `${header}.${encode(claimsOf(attack, { sub: 'x' }))}.${signature}`,
      );
    });

    category(114, 'encrypted, nested and endless tokens', async (attack) => {
      const token = await signed(attack, {});
      const plain = new TextEncoder().encode(token);
      const jwe = await new CompactEncrypt(plain)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })
        .encrypt(secret.slice(0, 32));
      await refuses(attack, 'encrypted', jwe);
      await refuses(attack, 'nested', await signed(attack, { cty: 'JWT' }, JSON.stringify(token)));
      await refuses(attack, 'a list', await signed(attack, {}, '[]'));
      await refuses(attack, 'null', await signed(attack, {}, 'null'));
      await refuses(
        attack,
        '5 kB',
        await signed(attack, {}, claimsOf(attack, { pad: 'x'.repeat(5_000) })),
      );
      await refuses(attack, '100 kB', 'x.'.repeat(50_000), [401, 431]);
    });

    category(115, 'a token in the address', async (attack) => {
      const token = await signed(attack, {});
      for (const name of ['token', 'access-token', 'authorization', 'jwt', 'key']) {
        await attack.request(name, { path: `/v1/session?${name}=${token}`, as: null }, 401);
      }
      await attack.request(
        'access_token',
        { path: `/v1/session?access_token=${token}`, as: null },
        [400, 401],
      );
    });

    category(
      116,
      'what was signed out or revoked, again',
      async (attack) => {
        const cookie = `__Host-bytelyst-session=${await attack.session('admin')}`;
        const own = {
          as: null,
          headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' },
        } as const;
        await attack.request('before', { ...own, path: '/v1/session' }, 200);
        await attack.request('signing out', { ...own, path: '/v1/session', method: 'DELETE' }, 204);
        await attack.request('the cookie', { ...own, path: '/v1/session' }, 401);

        const token = await signed(attack, {}, claimsOf(attack, { jti: `j-${attack.client}` }));
        const headers = { Authorization: `Bearer ${token}` };
        await attack.request('a token', { path: '/v1/session', headers }, 200);
        await attack.request(
          'its revocation',
          { path: '/v1/revocations', body: { token: `j-${attack.client}` }, as: 'admin' },
          204,
        );
        await refuses(attack, 'revoked', token);

        const before = await signed(attack, {}, claimsOf(attack, { sub: 'eve' }));
        await attack.request(
          'all of one',
          { path: '/v1/revocations', body: { subject: 'eve' }, as: 'admin' },
          204,
        );
        await refuses(attack, 'of one', before);
      },
      { stores: true },
    );

    category(
      118,
      'an issuer that resets, is huge, is no JSON, or has changed its keys',
      async (attack) => {
        const { privateKey } = issuer;
        const header = { alg: 'RS256', kid: 'k1' };
        const token = await new SignJWT(claimsOf(attack))
          .setProtectedHeader(header)
          .sign(privateKey);
        await attack.request(
          'as it should be',
          { path: '/v1/session', headers: { Authorization: `Bearer ${token}` } },
          200,
        );

        const next = {
          ...(await exportJWK((await generateKeyPair('RS256')).publicKey)),
          kid: 'k2',
          alg: 'RS256',
        };
        const answers: Record<string, (response: ServerResponse) => void> = {
          html: (response) => response.end('<html>Sign in</html>'),
          'an error': (response) => response.writeHead(500).end('{}'),
          huge: (response) => response.end(`{"keys":[${'{},'.repeat(200_000)}{}]}`),
          'no keys': (response) => response.end('{"keys":{}}'),
          'cut off': (response) => response.end('{"keys":['),
          reset: (response) => response.destroy(),
          'a redirect': (response) =>
            response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
        };
        for (const [name, answer] of Object.entries(answers)) {
          countCase(attack.category);
          await withEndpoint(answer, async (address) => {
            const key = Promise.resolve(
              createKeyFinder(address)(header, { payload: '', signature: '' }),
            );
            expect(await key.catch((error: Error) => error), name).to.be.instanceOf(Error);
          });
        }
        countCase(attack.category);
        await withEndpoint(
          (response) => response.end(JSON.stringify({ keys: [next] })),
          async (address) => {
            const key = Promise.resolve(
              createKeyFinder(address)(header, { payload: '', signature: '' }),
            );
            expect(await key.catch((error: Error) => error.name)).to.equal('JWKSNoMatchingKey');
          },
        );
      },
    );
  },
  {
    options: () => ({ secure: true }),
    config: () => ({ auth: { jwks: jwksAddress(), issuer: 'https://issuer', audience: 'app' } }),
  },
);

async function withEndpoint(
  answer: (response: ServerResponse) => void,
  use: (address: string) => Promise<void>,
) {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
