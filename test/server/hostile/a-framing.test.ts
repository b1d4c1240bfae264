/** A: HTTP framing, on the raw socket. */
import net from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { defaultTimeouts } from '../../../src/server/http/socket.js';
import { type Attack, CANARY, hostile } from './suite.js';

const GET = 'GET /livez HTTP/1.1\r\nHost: a\r\n';
const CLOSE = 'Connection: close\r\n';

/** A push's head without its framing, which each case brings. */
async function pushHead(attack: Attack, ...headers: string[]): Promise<string> {
  const [head] = await attack.bytes({
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  });
  return head.replace(/\r\n\r\n$/, `\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`);
}
const bodyOf = (attack: Attack) =>
  JSON.stringify({ client: attack.client, mutations: [attack.mutation()] });
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

hostile('A HTTP framing', (category) => {
  category(1, 'Content-Length beside Transfer-Encoding', async (attack) => {
    const body = bodyOf(attack);
    const length = `Content-Length: ${body.length}`;
    const chunked = 'Transfer-Encoding: chunked';
    for (const headers of [
      [length, chunked],
      [chunked, length],
      [chunked, 'Content-Length: 0'],
      [length.toLowerCase(), 'transfer-encoding: Chunked'],
    ]) {
      const head = await pushHead(attack, ...headers);
      await attack.raw(headers.join(), [head, `${chunk(body)}0\r\n\r\n`], 400);
    }
  });

  category(2, 'two different lengths', async (attack) => {
    const body = bodyOf(attack);
    for (const lengths of [
      [body.length, 0],
      [0, body.length],
      [body.length, body.length + 1],
      ...attack.generated(fc.tuple(fc.nat(99), fc.integer({ min: 100, max: 1e6 }))),
    ]) {
      const head = await pushHead(attack, ...lengths.map((length) => `Content-Length: ${length}`));
      await attack.raw(lengths.join(), [head, body], 400);
    }
    const list = await pushHead(attack, `Content-Length: ${body.length}, 5`);
    await attack.raw('as a list', [list, body], 400);
  });

  category(3, 'the same length twice', async (attack) => {
    const body = bodyOf(attack);
    const length = `Content-Length: ${body.length}`;
    await attack.raw('twice', [await pushHead(attack, length, length), body], 400);
    await attack.raw('a list', [await pushHead(attack, `${length}, ${body.length}`), body], 400);
  });

  category(4, 'a transfer coding that is none', async (attack) => {
    for (const coding of ['xchunked', 'chunkedx', 'x', 'gzip', '"chunked"']) {
      const head = await pushHead(attack, `Transfer-Encoding: ${coding}`);
      await attack.raw(coding, [head, `${chunk(bodyOf(attack))}0\r\n\r\n`], 400);
    }
  });

  category(5, 'chunked, and something else after it', async (attack) => {
    for (const coding of ['chunked, identity', 'chunked, gzip', 'chunked,chunked, x']) {
      const head = await pushHead(attack, `Transfer-Encoding: ${coding}`);
      await attack.raw(coding, [head, `${chunk(bodyOf(attack))}0\r\n\r\n`], 400);
    }
  });

  category(6, 'transfer codings with tricks of white space', async (attack) => {
    for (const header of [
      'Transfer-Encoding : chunked',
      'Transfer-Encoding\t: chunked',
      'Transfer-Encoding: \x0bchunked',
      'Transfer-Encoding: chunked\x00',
      'Transfer-Encoding:\n chunked',
      ' Transfer-Encoding: chunked',
      'X: y\rTransfer-Encoding: chunked',
    ]) {
      const body = bodyOf(attack);
      const head = await pushHead(attack, `Content-Length: ${body.length}`, header);
      await attack.raw(JSON.stringify(header), [head, body], 400);
    }
  });

  category(7, 'chunk sizes that are none', async (attack) => {
    const generated = attack.generated(fc.stringMatching(/^[g-z]{1,8}$/));
    for (const size of [
      'x',
      '-1',
      '0x5',
      '5 5',
      '+5',
      ' 5',
      'ffffffffffffffffff',
      '',
      ...generated,
    ]) {
      const head = await pushHead(attack, 'Transfer-Encoding: chunked');
      await attack.raw(`“${size}”`, [head, `${size}\r\n{}\r\n0\r\n\r\n`], [400, 413]);
    }
  });

  category(8, 'a chunk extension of 64 KiB', async (attack) => {
    const head = await pushHead(attack, 'Transfer-Encoding: chunked');
    const extension = `;x=${'y'.repeat(65_536)}`;
    await attack.raw('one', [head, `2${extension}\r\n{}\r\n0\r\n\r\n`], [400, 413, 431]);
    const many = Array.from({ length: 64 }, () => `1;${'z'.repeat(1_024)}\r\n \r\n`).join('');
    await attack.raw('many', [head, `${many}0\r\n\r\n`], [400, 413, 431]);
  });

  category(9, 'trailers that would sign somebody in', async (attack) => {
    const [head] = await attack.bytes({ path: '/v1/session', as: null, method: 'DELETE' });
    const [signedIn] = await attack.bytes({ path: '/v1/session', as: 'admin' });
    const authorization = /Authorization: .*/.exec(signedIn)![0];
    const chunked = head.replace(
      /\r\n$/,
      'Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n',
    );
    await attack.raw('a token', [chunked, `0\r\n${authorization}\r\n\r\n`], 401);
    const again = head.replace(/\r\n$/, 'Transfer-Encoding: chunked\r\n\r\n');
    await attack.raw('unannounced', [again, `0\r\n${authorization}\r\n\r\n`], 401);
  });

  category(10, 'a negative length', async (attack) => {
    for (const length of ['-1', '-0', '-9223372036854775808']) {
      await attack.raw(length, [await pushHead(attack, `Content-Length: ${length}`), '{}'], 400);
    }
  });

  category(11, 'a length that is no number', async (attack) => {
    const lengths = [
      '+5',
      '0x5',
      '5.0',
      '5e0',
      '5 ',
      '٥',
      '5 5',
      '',
      '1_0',
      '18446744073709551617',
    ];
    for (const length of lengths.filter((text) => text !== '5 ')) {
      await attack.raw(
        `“${length}”`,
        [await pushHead(attack, `Content-Length: ${length}`), '{}'],
        400,
      );
    }
  });

  category(12, 'a length of 10¹¹', async (attack) => {
    for (const length of [1e11, 1_000_001, Number.MAX_SAFE_INTEGER]) {
      await attack.raw(String(length), [await pushHead(attack, `Content-Length: ${length}`)], 413);
    }
  });

  category(13, 'a length that is too short, and a second request', async (attack) => {
    const second = `${GET}${CLOSE}\r\n`;
    const head = (length: number) => pushHead(attack, `Content-Length: ${length}`);
    const keep = async (length: number) => (await head(length)).replace(CLOSE, '');
    const two = await attack.talk('two whole ones', [`${await keep(2)}{}${second}`]);
    expect(two.map(({ status }) => status)).to.deep.equal([422, 200]);
    expect(two[1]!.body).to.equal('{"status":"live"}');
    two.forEach((answer) => attack.check('two whole ones', answer, [422, 200]));

    const mixed = await attack.talk('the rest is no request', [
      `${await keep(2)}{}${CANARY}\r\n\r\n`,
    ]);
    expect(mixed.map(({ status }) => status)).to.deep.equal([422, 400]);
    mixed.forEach((answer) => attack.check('mixed', answer, [422, 400]));
  });

  category(14, 'no Host', async (attack) => {
    await attack.raw('HTTP/1.1', [`GET /livez HTTP/1.1\r\n${CLOSE}\r\n`], 400);
    await attack.raw('HTTP/1.0', [`GET /livez HTTP/1.0\r\n${CLOSE}\r\n`], 400);
    await attack.raw('empty', [`GET /livez HTTP/1.1\r\nHost:\r\n${CLOSE}\r\n`], 400);
  });

  category(15, 'two Hosts', async (attack) => {
    for (const hosts of [
      'Host: a\r\nHost: b',
      'Host: a\r\nhost: a',
      'Host: a\r\nX: y\r\nHOST: b',
    ]) {
      await attack.raw(hosts, [`GET /livez HTTP/1.1\r\n${hosts}\r\n${CLOSE}\r\n`], 400);
    }
  });

  category(16, 'a Host that is none', async (attack) => {
    const generated = attack.generated(
      fc.tuple(
        // Space at its ends is no part of it.
        fc.stringMatching(/^[a-z]{1,5}$/),
        fc.constantFrom(...'/@ ?#\\,;<>^`{|}"%'.split('')),
      ),
    );
    for (const host of [
      'a/path',
      '/b',
      'user@a',
      'a b',
      'a:80:80',
      'a:x',
      'a:99999',
      'a:0',
      'http://a',
      '.',
      '[::1',
      'ä',
      'a,b',
      '*',
      ...generated.map(([name, character]) => `${name}${character}b`),
    ]) {
      await attack.raw(host, [`GET /livez HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}\r\n`], 400);
    }
  });

  category(17, 'a whole address for a path', async (attack) => {
    for (const target of [
      'http://a/livez',
      'https://evil.example/',
      'HTTP://a/',
      'file:///etc/passwd',
      '*',
      'livez',
    ]) {
      await attack.raw(target, [`GET ${target} HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`], 400);
    }
  });

  category(18, 'lines that end in LF alone', async (attack) => {
    for (const text of [
      'GET /livez HTTP/1.1\nHost: a\nConnection: close\n\n',
      `GET /livez HTTP/1.1\r\nHost: a\nX: y\r\n${CLOSE}\r\n`,
      `GET /livez HTTP/1.1\r\nHost: a\r\nX: y\n\r\n`,
      `GET /livez HTTP/1.1\r\nHost: a\r\n${CLOSE}\n`,
    ]) {
      await attack.raw(JSON.stringify(text), [text], 400);
    }
  });

  category(19, 'headers that go on in the next line', async (attack) => {
    for (const fold of [
      'X: y\r\n z',
      'X: y\r\n\tz',
      'X:\r\n z',
      'Transfer-Encoding:\r\n chunked',
    ]) {
      await attack.raw(JSON.stringify(fold), [`${GET}${fold}\r\n${CLOSE}\r\n`], 400);
    }
  });

  category(20, 'NUL in a header', async (attack) => {
    for (const header of ['X: a\0b', 'X\0: a', 'Host\0: b', '\0']) {
      await attack.raw(JSON.stringify(header), [`${GET}${header}\r\n${CLOSE}\r\n`], 400);
    }
  });

  category(21, 'a space before the colon', async (attack) => {
    for (const header of ['X : y', 'X\t: y', 'Content-Length : 5', 'X y: z']) {
      await attack.raw(JSON.stringify(header), [`${GET}${header}\r\n${CLOSE}\r\n`], 400);
    }
  });

  category(22, 'a header of 17 KiB', async (attack) => {
    await attack.raw('a value', [`${GET}X: ${'x'.repeat(17_408)}\r\n${CLOSE}\r\n`], 431);
    await attack.raw('a name', [`${GET}${'x'.repeat(17_408)}: y\r\n${CLOSE}\r\n`], 431);
    await attack.raw('a megabyte', [`${GET}X: ${'x'.repeat(1e6)}\r\n${CLOSE}\r\n`], 431);
  });

  category(23, '3,000 headers', async (attack) => {
    const lines = Array.from({ length: 3_000 }, (_, i) => `X${i}: y\r\n`).join('');
    await attack.raw('small', [`${GET}${lines}${CLOSE}\r\n`], 431);
    const empty = 'A:\r\n'.repeat(3_000);
    await attack.raw('nearly empty', [`${GET}${empty}${CLOSE}\r\n`], 431);
  });

  category(24, 'headers named after an object’s own', async (attack) => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      await attack.raw(name, [`${GET}${name}: x\r\n${name}: y\r\n${CLOSE}\r\n`], 200);
    }
  });

  category(25, 'methods that there are not', async (attack) => {
    const generated = attack.generated(fc.stringMatching(/^[A-Z]{3,12}$/));
    for (const method of [
      'FOO',
      'get',
      'G\0T',
      'PROPFIND',
      'SEARCH',
      'QUERY',
      'M-SEARCH',
      ...generated,
    ]) {
      await attack.raw(
        method,
        [`${method} /v1/sync/push HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`],
        [400, 405],
      );
    }
  });

  category(26, 'TRACE and CONNECT', async (attack) => {
    for (const target of ['/livez', '/v1/sync/push', '/nothing']) {
      await attack.raw(
        `TRACE ${target}`,
        [`TRACE ${target} HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n`],
        405,
      );
    }
    for (const target of ['evil.example:443', '127.0.0.1:22']) {
      await attack.raw(`CONNECT ${target}`, [`CONNECT ${target} HTTP/1.1\r\nHost: a\r\n\r\n`], 405);
    }
  });

  category(27, 'a header that says another method', async (attack) => {
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      const ask = { path: '/v1/session', headers: { [name]: 'DELETE' } };
      const answer = await attack.request(name, ask, 200);
      expect(answer.body).to.include('"role":"editor"');
    }
  });

  category(28, 'other versions of HTTP', async (attack) => {
    for (const version of [
      'HTTP/0.9',
      'HTTP/9.9',
      'HTTP/2.0',
      'HTTP/1.2',
      'HTTP/3',
      'HTCPCP/1.0',
      'http/1.1',
      '',
    ]) {
      await attack.raw(version, [`GET /livez ${version}\r\nHost: a\r\n${CLOSE}\r\n`], 400);
    }
    await attack.raw('HTTP/0.9 as it was', ['GET /livez\r\n\r\n'], 400);
  });

  category(29, 'a TLS hello', async (attack) => {
    const hello = Buffer.from('16030100c8010000c40303', 'hex');
    await attack.raw('the beginning', [Buffer.concat([hello, Buffer.alloc(193, 7)])], 400);
  });

  category(30, 'the preface of HTTP/2', async (attack) => {
    await attack.raw('preface', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'], 400);
  });

  category(31, 'an expectation that nobody can meet', async (attack) => {
    for (const expectation of ['foo', '200-ok', '100-continue-not', CANARY]) {
      const head = await pushHead(attack, 'Content-Length: 2', `Expect: ${expectation}`);
      await attack.raw(expectation, [head, '{}'], 417);
    }
  });

  category(32, 'an upgrade to something else', async (attack) => {
    for (const protocol of ['websocket', 'h2c', 'TLS/1.0']) {
      const upgrade = `Upgrade: ${protocol}\r\nConnection: Upgrade, close\r\n`;
      await attack.raw(protocol, [`${GET}${upgrade}Sec-WebSocket-Key: x\r\n\r\n`], [200, 426]);
    }
  });

  category(36, '5,000 sockets that say nothing', async (attack) => {
    const sockets = Array.from({ length: 5_000 }, () => {
      const socket = net.connect(attack.subject.port, '127.0.0.1');
      return socket.on('error', () => {});
    });
    await Promise.all(sockets.map((socket) => new Promise((done) => socket.once('connect', done))));
    await attack.request('another', { path: '/v1/session' }, 200);
    sockets.forEach((socket) => socket.destroy());
  });

  category(37, 'a storm of connections that are reset', async (attack) => {
    for (let wave = 0; wave < 10; wave++) {
      const head = (await pushHead(attack, 'Content-Length: 100')) + '{';
      const sockets = Array.from({ length: 100 }, () => {
        const socket = net.connect(attack.subject.port, '127.0.0.1', () => {
          socket.write(head, () => socket.resetAndDestroy());
        });
        return socket.on('error', () => {});
      });
      await Promise.all(sockets.map((socket) => new Promise((done) => socket.once('close', done))));
    }
    await attack.request('another', { path: '/v1/session' }, 200);
  });

  category(38, 'a thousand requests at once on one connection', async (attack) => {
    const requests = `${GET}\r\n`.repeat(999) + `${GET}${CLOSE}\r\n`;
    const answers = await attack.talk('pipelined', [requests]);
    expect(answers).to.have.length(1_000);
    answers.forEach((answer) => attack.check('pipelined', answer, 200));
  });

  category(39, 'a GET with a body', async (attack) => {
    const ask = { method: 'GET', path: '/v1/session' };
    await attack.request('JSON', { ...ask, body: { role: 'admin' } }, 200);
    const none = { 'Content-Type': null };
    await attack.request('no JSON', { ...ask, body: CANARY, headers: none }, 200);
  });
});

const SHORT = { headers: 400, request: 1_200 };

hostile(
  'A HTTP framing, slowly',
  (category) => {
    category(33, 'half of the headers, and then nothing', async (attack) => {
      await attack.raw('headers', [GET], 408);
      await attack.raw('half a line', ['GET /liv'], 408);
    });

    category(34, 'half of a body, and then nothing', async (attack) => {
      const head = await pushHead(attack, 'Content-Length: 100');
      await attack.raw('a length', [head, '{"client"'], 408);
      const chunked = await pushHead(attack, 'Transfer-Encoding: chunked');
      await attack.raw('chunks', [chunked, chunk('{"client"')], 408);
    });

    category(35, 'a byte at a time', async (attack) => {
      const drip = (text: string) => text.split('').flatMap((character) => [character, 50]);
      await attack.raw('headers', drip(`${GET}X: ${'x'.repeat(200)}`), 408);
      const head = await pushHead(attack, 'Content-Length: 100');
      await attack.raw('body', [head, ...drip(' '.repeat(100))], 408);
    });
  },
  { options: () => ({ timeouts: SHORT }) },
);

describe('the time that a request may take to arrive', () => {
  it('is 10 s for its headers and 30 s for all of it, as long as nobody says otherwise', () => {
    // Node looks once a second, so the answer comes that much later at most.
    expect(defaultTimeouts).to.deep.equal({ headers: 9_000, request: 29_000 });
  });
});
