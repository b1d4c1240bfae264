/** A page with three experiments, served by a policy as strict as there is, from the built package. */
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { decide, type ExperimentConfig, type UrlTarget } from '../../src/experiments/index.js';
import { inlineHash } from '../../src/experiments/inline/index.js';

export const KEYS = ['hero', 'price', 'banner'];

export const experiments = KEYS.map((key): ExperimentConfig => ({
  key,
  status: 'running',
  phase: 1,
  hashAttribute: 'id',
  hashVersion: 3,
  seed: key,
  coverage: 1,
  variants: [
    { key: 'control', weight: 0.5 },
    { key: 'bold', weight: 0.5 },
  ],
}));
const isBold = (id: string) => experiments.every((one) => decide(one, { id }).variant === 'bold');
/** A visitor who gets no control. */
export const id = Array.from({ length: 1_000 }, (_, i) => `visitor-${i}`).find(isBold)!;

/** The control is red and the other green, of other heights, so that a swap would move the page. */
const style = `body { margin: 0 } p { margin: 0 } .control { background: #f00; height: 40px }
  .bold { background: #0f0; height: 90px }`;

/** What the page arrives as; after each part nothing comes for a while. */
const page = (head: string): string[] => [
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
    <link rel="stylesheet" href="/style.css">${head}
    <script type="module" src="/page.js"></script></head><body>`,
  ...KEYS.flatMap((key) => [
    `<main><bl-experiment key="${key}">
      <bl-variant name="control"><div class="control">`,
    `${key}</div></bl-variant>
      <template data-variant="bold"><div class="bold" elementtiming="${key}">`,
    `${key}</div></template></bl-experiment></main><p>Between</p>`,
  ]),
  '<footer>That is all</footer></body></html>',
];

const script = `
  import { bytelystTransport, createExperiments, createSyncEngine, indexedDBStorage, provideExperiments } from '/cdn/experiments.js';
  const sync = createSyncEngine({
    storage: indexedDBStorage('shop'),
    transport: bytelystTransport({ url: '/v1', token: 'bl_write_demo' }),
    entities: { exposures: { append: 'keep' }, conversions: { append: 'forget' } },
  });
  window.sync = sync;
  window.experiments = createExperiments({ sync, configUrl: '/v1/config', attributes: { id: '${id}' } });
  provideExperiments(window.experiments);
`;

const policy = [
  "default-src 'none'",
  `script-src 'self' '${inlineHash}'`,
  "style-src 'self'",
  "connect-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

export interface Shop {
  origin: string;
  /**
   * What stands in the page's head from now on, for how long (ms) each part of it is alone, and which
   * pages the experiments run on (default: all).
   */
  show(head: string, pause?: number, urls?: UrlTarget[]): void;
  close(): void;
}

export async function openShop(): Promise<Shop> {
  let [head, pause] = ['', 0];
  let targeted = experiments;
  const server = createServer((request, response) => void answer(request.url ?? '/', response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    origin,
    show(nextHead, nextPause = 0, urls) {
      [head, pause] = [nextHead, nextPause];
      targeted = experiments.map((one) => (urls ? { ...one, urls } : one));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function answer(url: string, response: ServerResponse): Promise<void> {
    const path = new URL(url, origin).pathname;
    const send = (type: string, body: string | Buffer): void => {
      response
        .writeHead(200, { 'content-type': type, 'content-security-policy': policy })
        .end(body);
    };
    if (path === '/v1/config') send('application/json', JSON.stringify({ experiments: targeted }));
    else if (path === '/style.css') send('text/css', style);
    else if (path === '/page.js') send('text/javascript', script);
    else if (/^\/cdn\/[\w.-]+\.js$/.test(path))
      send('text/javascript', await readFile(`dist${path}`));
    else if (/^\/[pq]?\d?$/.test(path)) {
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy });
      for (const part of page(head)) {
        response.write(part);
        if (pause > 0) await delay(pause);
      }
      response.end();
    } else response.writeHead(503).end();
  }
}
