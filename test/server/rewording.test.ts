import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { scrubText } from '../../src/server/experiments/scrub.js';
import { csvCell } from '../../src/server/experiments/export.js';
import { mayCall } from '../../src/server/config/addresses.js';
import { reword } from '../../src/server/experiments/rewording.js';

const claim = 'One page sells 5.8 % more than Control, between 1.2 % and 10.4 %.';
const names = ['One page', 'Control', 'Wizard'];

describe('rewording', () => {
  let model: HttpServer | undefined;
  afterEach(() => {
    model?.closeAllConnections();
    model?.close();
  });

  const ask = async (answer: RequestListener, host = '127.0.0.1', timeout = 30_000) => {
    model = createServer(answer);
    await new Promise<void>((resolve) => model!.listen(0, '127.0.0.1', resolve));
    const { port } = model.address() as AddressInfo;
    const baseUrl = `http://${host}:${port}/v1`;
    const config = { baseUrl, model: 'm', keyVariable: 'KEY', timeout };
    return reword(config, 'secret', { claim, names });
  };
  const saying =
    (content: string): RequestListener =>
    (request, response) => {
      request.resume();
      response.end(JSON.stringify({ choices: [{ message: { content } }] }));
    };
  const text = 'Compared with Control, One page sells 5.8 % more (1.2 % to 10.4 %).';
  const asItWas = { text: claim, reworded: false };

  it('gives the model’s words where they say the same', async () => {
    let asked = '';
    const answer = await ask((request, response) => {
      asked = `${request.method} ${request.url} ${request.headers.authorization}`;
      saying(JSON.stringify({ text }))(request, response);
    });
    expect(answer).to.deep.equal({ text, reworded: true });
    expect(asked).to.equal('POST /v1/chat/completions Bearer secret');
  });

  const answers: [string, RequestListener][] = [
    ['HTML', saying(JSON.stringify({ text: `${text}<img src=x onerror=alert(1)>` }))],
    ['another number', saying(JSON.stringify({ text: text.replace('5.8', '58') }))],
    ['no number', saying(JSON.stringify({ text: 'One page sells more than Control.' }))],
    ['the other direction', saying(JSON.stringify({ text: text.replace('more', 'less') }))],
    ['another variant', saying(JSON.stringify({ text: text.replace('One page', 'Wizard') }))],
    ['a link', saying(JSON.stringify({ text: `${text} See https://evil.example.` }))],
    ['no JSON', saying(`Sure! ${text}`)],
    ['a number for text', saying('{"text": 5}')],
    ['HTML instead of an answer', (_, response) => response.end('<html>Sign in</html>')],
    ['a megabyte', saying(JSON.stringify({ text: text + ' '.repeat(1_000_000) }))],
    ['an error', (_, response) => response.writeHead(500).end()],
    ['a redirect', (_, response) => response.writeHead(302, { location: '/v1/models' }).end()],
  ];
  for (const [what, answer] of answers) {
    it(`gives the suggestion as it was when the model answers with ${what}`, async () => {
      expect(await ask(answer)).to.deep.equal(asItWas);
    });
  }

  it('gives the suggestion as it was when the model does not answer in time', async () => {
    expect(await ask((request) => request.resume(), undefined, 300)).to.deep.equal(asItWas);
    const drip: RequestListener = (_, response) => {
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    };
    model!.close();
    expect(await ask(drip, undefined, 300)).to.deep.equal(asItWas);
  });

  it('calls no name that leads back into this network', async () => {
    let called = false;
    const answer = await ask(() => {
      called = true;
    }, 'localhost.localdomain');
    expect([called, answer]).to.deep.equal([false, asItWas]);
  });

  it('knows addresses however they are written', () => {
    const never = ['169.254.169.254', '::ffff:169.254.169.254', '0.0.0.0', '::', 'fe80::1'];
    for (const address of never) expect(mayCall(address, false), address).to.equal(false);
    const named = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.1.2.3', '192.168.1.1', 'fd12::1'];
    for (const address of named) {
      expect([mayCall(address, true), mayCall(address, false)], address).to.deep.equal([
        false,
        true,
      ]);
    }
    expect(mayCall('93.184.216.34', true)).to.equal(true);
  });
});

describe('scrubbing', () => {
  const table: [string, string][] = [
    ['/search?q=ann@example.com#top', '/search'],
    ['https://shop.example/u/ann%40example.com/x', 'https://shop.example/u/[email]/x'],
    ['write to ann@example.com, please', 'write to [email], please'],
    ['call +31 20 123 45 67', 'call [number]'],
    ['4111 1111 1111 1111', '[number]'],
    ['bl_write_abcdefghij', '[token]'],
    ['Firefox 145', 'Firefox 145'],
    ['2026-11', '2026-11'],
  ];
  for (const [text, scrubbed] of table) {
    it(`makes “${scrubbed}” of “${text}”`, () => {
      expect(scrubText(text)).to.equal(scrubbed);
    });
  }
});

describe('a cell of CSV', () => {
  const table: [unknown, string][] = [
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['+1', `'+1`],
    [' -cmd', `' -cmd`],
    ['-5.25', '-5.25'],
    [-5, '-5'],
    ['a,b', '"a,b"'],
    [null, ''],
    [{ a: 1 }, '"{""a"":1}"'],
  ];
  for (const [value, cell] of table) {
    it(`is ${cell} for ${JSON.stringify(value)}`, () => {
      expect(csvCell(value)).to.equal(cell);
    });
  }
});
