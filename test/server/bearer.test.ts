import { expect } from 'chai';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createVerifier, signToken } from '../../src/server/access/bearer.js';
import type { AuthConfig } from '../../src/server/access/auth-config.js';
import type { ProblemError } from '../../src/server/problem-error.js';

const SECRET = 'a-secret-for-tests-of-thirty-two-characters';
const CLAIMS = { workspace: 'w', role: 'editor', sub: 'ann', iss: 'https://idp', aud: 'app' };
const now = () => Math.floor(Date.now() / 1000);

/** An issuer's endpoint that answers as it is told. */
class Issuer {
  asked = 0;
  answer: RequestListener = (_request, response) => response.end('{"keys":[]}');
  readonly #server: Server = createServer((request, response) => {
    this.asked += 1;
    this.answer(request, response);
  });

  async start(): Promise<AuthConfig> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return { jwks: `http://127.0.0.1:${port}/jwks`, issuer: 'https://idp', audience: 'app' };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const keyPair = async (kid: string) => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' };
  const sign = (claims: JWTPayload = {}, header: object = {}) =>
    new SignJWT({ ...CLAIMS, iat: now(), exp: now() + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, ...header })
      .sign(privateKey);
  return { jwk, publicKey, sign };
};
type Key = Awaited<ReturnType<typeof keyPair>>;

describe('bearer tokens', () => {
  describe('signed with the secret', () => {
    const verify = createVerifier(SECRET, {});
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    it('hold until their time is over, also when they come again and again', async () => {
      let time = Date.now();
      const verifyAt = createVerifier(SECRET, {}, () => time);
      const grant = { subject: 'ann', workspace: 'w', role: 'viewer' } as const;
      const token = await signToken(SECRET, grant, 30);
      const forged = `${token.slice(0, -5)}AAAAA`;
      for (const [seconds, holds] of [
        [0, true],
        [0, true],
        [20, true],
        [34, true],
        [36, false],
        [36, false],
      ] as const) {
        time = Date.now() + seconds * 1000;
        expect(Boolean(await verifyAt(token)), `after ${seconds} s`).to.equal(holds);
        expect(await verifyAt(forged)).to.equal(null);
      }
    });

    /** Signs whatever it is given, as no honest library would. */
    const forge = (header: object | string, payload: object | string) => {
      const text = [header, payload]
        .map((part) =>
          typeof part === 'string' ? Buffer.from(part).toString('base64url') : encode(part),
        )
        .join('.');
      return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
    };
    const header = { alg: 'HS256', typ: 'JWT' };
    const payload = { ...CLAIMS, exp: now() + 600 };

    it('say who it is, and until when', async () => {
      const who = await verify(forge(header, { ...payload, jti: 'j1', iat: now(), team: 'red' }));
      expect(who).to.deep.include({ subject: 'ann', workspace: 'w', role: 'editor' });
      expect(who).to.deep.include({ credential: 'j1', via: 'token' });
      expect(who!.claims).to.include({ team: 'red' });
      // Clocks may be five seconds apart.
      expect(who!.expiresAt).to.equal((payload.exp + 5) * 1000);
    });

    it('have a name of their own where they say none', async () => {
      const [one, two] = [forge(header, payload), forge(header, { ...payload, sub: 'bob' })];
      const names = await Promise.all([one, two].map(async (t) => (await verify(t))!.credential));
      expect(names[0]).to.have.length(43).and.not.equal(names[1]);
    });

    const wrong: Record<string, string> = {
      'no algorithm': forge({ typ: 'JWT' }, payload),
      'alg none': forge({ alg: 'none' }, payload),
      'alg NONE': forge({ alg: 'NONE' }, payload),
      'alg nOnE without a signature': `${encode({ alg: 'nOnE' })}.${encode(payload)}.`,
      'alg in lower case': forge({ alg: 'hs256' }, payload),
      'alg as a list': forge({ alg: ['HS256'] }, payload),
      jku: forge({ ...header, jku: 'https://evil.example/jwks' }, payload),
      x5u: forge({ ...header, x5u: 'https://evil.example/x5u' }, payload),
      jwk: forge({ ...header, jwk: { kty: 'oct', k: 'AAAA' } }, payload),
      zip: forge({ ...header, zip: 'DEF' }, payload),
      'a nested token': forge({ ...header, cty: 'JWT' }, payload),
      'an unknown crit': forge({ ...header, crit: ['exp'] }, payload),
      'crit b64': forge({ ...header, crit: ['b64'], b64: false }, payload),
      'another typ': forge({ ...header, typ: 'logout+jwt' }, payload),
      'typ as a number': forge({ ...header, typ: 5 }, payload),
      'a kid that is a path and long': forge({ ...header, kid: '../'.repeat(1_000) }, payload),
      'a kid that is an object': forge({ ...header, kid: {} }, payload),
      'exp as a string': forge(header, { ...payload, exp: '9999999999' }),
      'exp beyond numbers': forge(header, `{"sub":"a","workspace":"w","role":"admin","exp":1e400}`),
      'exp null': forge(header, { ...payload, exp: null }),
      'exp long ago': forge(header, { ...payload, exp: now() - 600 }),
      'nbf later': forge(header, { ...payload, nbf: now() + 600 }),
      'nbf as a string': forge(header, { ...payload, nbf: '0' }),
      'iat later': forge(header, { ...payload, iat: now() + 600 }),
      'iat as a string': forge(header, { ...payload, iat: '1' }),
      'sub as a number': forge(header, { ...payload, sub: 5 }),
      'sub with a NUL': forge(header, { ...payload, sub: 'a\0b' }),
      'sub empty': forge(header, { ...payload, sub: '' }),
      'role root': forge(header, { ...payload, role: 'root' }),
      'role __proto__': forge(header, { ...payload, role: '__proto__' }),
      'role writer': forge(header, { ...payload, role: 'writer' }),
      'a payload that is a list': forge(header, '[]'),
      'a payload that is no JSON': forge(header, 'exp'),
      'five parts (JWE)': `${encode(header)}.a.b.c.d`,
      'two parts': `${encode(header)}.${encode(payload)}`,
      nothing: '',
      dots: '..',
    };
    for (const [what, token] of Object.entries(wrong)) {
      it(`are refused with ${what}`, async () => {
        expect(await verify(token)).to.equal(null);
      });
    }

    it('are refused however else the same signature is written', async () => {
      const token = forge(header, payload);
      const [head, body, signature] = token.split('.') as [string, string, string];
      // The last character of 32 bytes has two bits that mean nothing.
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = alphabet.indexOf(signature.at(-1)!);
      const twin = signature.slice(0, -1) + alphabet[last ^ 1]!;
      expect(Buffer.from(twin, 'base64url')).to.deep.equal(Buffer.from(signature, 'base64url'));
      for (const other of [
        `${head}.${body}.${twin}`,
        `${token}=`,
        `${token}A`,
        token.slice(0, -1),
        `${head}.${body}.${Buffer.from(signature, 'base64url').toString('base64')}`,
        `${head}=.${body}.${signature}`,
      ]) {
        expect(await verify(other), other.slice(-10)).to.equal(null);
      }
      expect(await verify(token)).not.to.equal(null);
    });

    it('must be of the issuer and for the audience that the config names', async () => {
      const auth = { issuer: 'https://idp', audience: 'app', claims: { role: 'https://app/role' } };
      const bound = createVerifier(SECRET, auth);
      const grant = { subject: 'ann', workspace: 'w', role: 'viewer' } as const;
      expect(await bound(await signToken(SECRET, grant, 60, { auth }))).to.include(grant);
      expect(await bound(await signToken(SECRET, grant, 60))).to.equal(null);
      for (const change of [{ iss: 'https://other' }, { aud: 'other' }, { aud: [] }]) {
        const token = forge(header, { ...payload, 'https://app/role': 'viewer', ...change });
        expect(await bound(token), JSON.stringify(change)).to.equal(null);
      }
    });
  });

  describe('signed by an issuer', () => {
    let issuer: Issuer;
    let auth: AuthConfig;
    let key: Key;
    const publish = (...keys: Key[]) => {
      issuer.answer = (_request, response) =>
        response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
    };
    before(async () => {
      key = await keyPair('k1');
    });
    beforeEach(async () => {
      issuer = new Issuer();
      auth = await issuer.start();
      publish(key);
    });
    afterEach(() => issuer.stop());

    const outcome = async (token: string, verify = createVerifier(SECRET, auth)) => {
      try {
        return (await verify(token)) ? 'taken' : 'refused';
      } catch (error) {
        return (error as ProblemError).problem.code;
      }
    };

    it('are taken with one of its keys, which are asked for once', async () => {
      const verify = createVerifier(SECRET, auth);
      for (let i = 0; i < 20; i++)
        expect(await outcome(await key.sign(), verify)).to.equal('taken');
      expect(issuer.asked).to.equal(1);
    });

    it('are refused when not of this issuer, not for us, or of another type', async () => {
      const verify = createVerifier(SECRET, auth);
      expect(await outcome(await key.sign({ iss: 'https://other' }), verify)).to.equal('refused');
      expect(await outcome(await key.sign({ aud: 'other' }), verify)).to.equal('refused');
      expect(await outcome(await key.sign({}, { typ: 'logout+jwt' }), verify)).to.equal('refused');
      expect(await outcome(await key.sign({}, { typ: 'at+jwt' }), verify)).to.equal('taken');
      expect(await outcome(await key.sign({}, { kid: 'k2' }), verify)).to.equal('refused');
    });

    it('are refused when signed with another’s key by the same name', async () => {
      expect(await outcome(await (await keyPair('k1')).sign())).to.equal('refused');
    });

    it('are refused when the public key was used as a secret', async () => {
      const spki = await exportSPKI(key.publicKey);
      for (const secret of [spki, spki.trim(), JSON.stringify(key.jwk)]) {
        const token = await new SignJWT({ ...CLAIMS, exp: now() + 60 })
          .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
          .sign(new TextEncoder().encode(secret));
        expect(await outcome(token)).to.equal('refused');
      }
    });

    it('are refused in an algorithm that the config does not name', async () => {
      auth = { ...auth, algorithms: ['ES256'] };
      expect(await outcome(await key.sign())).to.equal('refused');
    });

    it('are taken with a key that came after the start, and that is looked for once', async () => {
      const verify = createVerifier(SECRET, auth);
      expect(await outcome(await key.sign(), verify)).to.equal('taken');
      const later = await keyPair('k2');
      publish(key, later);
      // Within the cool-down after the first read it is not looked for: nobody can make us ask.
      for (let i = 0; i < 20; i++) await outcome(await later.sign(), verify);
      expect(issuer.asked).to.equal(1);
    });

    const broken: Record<string, RequestListener> = {
      'is down': (request) => request.socket.destroy(),
      'answers HTML': (_request, response) => {
        response.setHeader('content-type', 'text/html').end('<html>Sign in</html>');
      },
      'answers 500': (_request, response) => response.writeHead(500).end(),
      redirects: (_request, response) =>
        response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      'answers something else': (_request, response) => response.end('{"keys":5}'),
      'never stops': (_request, response) => {
        const chunk = Buffer.alloc(64_000, 'x');
        const more = () => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', more);
        more();
      },
    };
    for (const [what, answer] of Object.entries(broken)) {
      it(`wait for better times when its endpoint ${what}, and it is left alone meanwhile`, async () => {
        issuer.answer = answer;
        const verify = createVerifier(SECRET, auth);
        const token = await key.sign();
        for (let i = 0; i < 5; i++) expect(await outcome(token, verify)).to.equal('unavailable');
        expect(issuer.asked).to.equal(1);
        const own = await signToken(SECRET, { subject: 'a', workspace: 'w', role: 'admin' }, 60, {
          auth,
        });
        expect(await outcome(own, verify), 'our own need no issuer').to.equal('taken');
      });
    }

    it('follow a rotation, and outlive an endpoint that is down, but not for ever', async () => {
      let time = Date.now();
      const verify = createVerifier(SECRET, auth, () => time);
      const at = (of: Key) => of.sign({ iat: 0, exp: now() + 3 * 86_400 });
      expect(await outcome(await at(key), verify)).to.equal('taken');
      const next = await keyPair('k2');
      publish(next);
      time += 11 * 60_000;
      await outcome(await at(key), verify);
      for (let i = 0; i < 200 && (await outcome(await at(next), verify)) !== 'taken'; i++) {
        await delay(10);
      }
      expect(await outcome(await at(next), verify)).to.equal('taken');
      // A token that was checked is believed for a minute.
      time += 61_000;
      expect(await outcome(await at(key), verify)).to.equal('refused');
      issuer.answer = (request) => request.socket.destroy();
      time += 12 * 3_600_000;
      expect(await outcome(await at(next), verify)).to.equal('taken');
      time += 13 * 3_600_000;
      expect(await outcome(await at(next), verify)).to.equal('unavailable');
    });

    it('wait no longer than five seconds for a slow endpoint', async () => {
      issuer.answer = () => {};
      const before = Date.now();
      expect(await outcome(await key.sign())).to.equal('unavailable');
      expect(Date.now() - before).to.be.below(30_000);
    }).timeout(40_000);
  });
});
