/** J: experiments that no form would make, and a language model that is not on our side. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { checkConfig } from '../../../src/server/config/check.js';
import { countCase } from './counts.js';
import { experiment } from './rows.js';
import { CANARY, hostile } from './suite.js';

const RESERVED = ['__proto__', 'constructor', 'prototype'];
/** Names of what every object has; as names of ours they are like any other. */
const INHERITED = ['toString', 'valueOf', 'hasOwnProperty', 'then', 'toJSON', 'length'];

const variants = (weights: readonly unknown[]) =>
  weights.map((weight, i) => ({ key: `v${i}`, name: `V${i}`, weight }));

const asExperiment = (key: string, change: Readonly<Record<string, unknown>> = {}) => ({
  collection: 'experiments',
  key,
  value: experiment(key, change),
});

hostile(
  'J experiments',
  (category) => {
    category(159, 'weights that are none', async (attack) => {
      const generated = attack.generated(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 20 }),
      );
      const wrong = [
        [-0.5, 1.5],
        [-1, 2],
        [1.1, 0],
        [0.5, 0.6],
        [0, 0],
        [1e-300, 1e-300],
        [null, 1],
        ['0.5', '0.5'],
        [[0.5], [0.5]],
        [true, false],
        [{}, 1],
        [1],
        [],
        Array.from({ length: 21 }, () => 1 / 21),
        Array.from({ length: 1_000 }, () => 1 / 1_000),
        ...generated.filter((all) => Math.abs(all.reduce((sum, n) => sum + n) - 1) > 0.02),
      ];
      for (const weights of wrong) {
        const change = asExperiment('heavy', { variants: variants(weights) });
        await attack.push(JSON.stringify(weights).slice(0, 60), change, 422);
      }
      for (const text of ['NaN', 'Infinity', '-Infinity', '1e999', '0x1', '.5', '1.', '+1']) {
        const mutation = attack.mutation(asExperiment('heavy', { coverage: 0.987654 }));
        const body = JSON.stringify({ client: attack.client, mutations: [mutation] });
        await attack.request(text, { body: body.replace('0.987654', text) }, 400);
      }
      for (const change of [{ coverage: 1.5 }, { coverage: -1 }, { coverage: '1' }, { phase: 0 }]) {
        await attack.push(JSON.stringify(change), asExperiment('heavy', change), 422);
      }
      const twice = [{ key: 'a', name: 'A', weight: 0.5 }];
      await attack.push('twice', asExperiment('heavy', { variants: [...twice, ...twice] }), 422);
    });

    category(
      160,
      'names that objects have already',
      async (attack) => {
        const both = (key: string) => [
          { key, name: key, weight: 0.5 },
          { key: 'other', name: 'Other', weight: 0.5 },
        ];
        const metric = (key: string, event = 'bought') => ({
          collection: 'metrics',
          key,
          value: { key, name: key, event, kind: 'proportion' },
        });
        const at = Date.now();
        for (const key of RESERVED) {
          await attack.push(key, asExperiment(key), 422);
          await attack.push(`variant ${key}`, asExperiment('named', { variants: both(key) }), 422);
          const metrics = { primary: key, secondary: [], guardrails: [] };
          await attack.push(`metric ${key}`, asExperiment('named', { metrics }), 422);
          await attack.push(`a metric ${key}`, metric(key), 422);
          await attack.push(`its event ${key}`, metric('bought', key), 422);
          const events = [
            { type: 'exposure', id: 'x', experiment: key, phase: 1, variant: 'a', unit: 'u', at },
            { type: 'exposure', id: 'y', experiment: 'a', phase: 1, variant: key, unit: 'u', at },
            { type: 'conversion', id: 'c', name: key, unit: 'u', at },
          ];
          const sent = { path: '/v1/events', body: { sentAt: at, events } };
          const { body } = await attack.request(`events ${key}`, sent, 200);
          expect(body.match(/"status":422/g), key).to.have.length(3);
          const path = `/v1/experiments/${key}/results`;
          await attack.request(path, { path }, 404);
        }
        for (const key of INHERITED) {
          const change = { status: 'running', variants: both(key), hashAttribute: key };
          await attack.push(key, asExperiment(key, change), 'applied');
          await attack.push(key, metric(key, key), 'applied');
          const events = [
            { type: 'exposure', id: key, experiment: key, phase: 1, variant: key, unit: key, at },
            { type: 'conversion', id: key, name: key, unit: key, at },
          ];
          await attack.request(key, { path: '/v1/events', body: { sentAt: at, events } }, 200);
          const path = `/v1/experiments/${key}/results`;
          const results = JSON.parse((await attack.request(path, { path }, 200)).body) as {
            variants: string[];
            units: number[][];
          };
          expect(results.variants).to.deep.equal([key, 'other']);
          expect(results.units.flat().reduce((sum, n) => sum + n, 0)).to.equal(1);
        }
        // Nobody has an attribute by that name but whoever says so.
        const ask = (attributes: object) => ({ path: '/v1/assignments', body: { attributes } });
        const nobody = await attack.request('nobody', ask({}), 200);
        expect(JSON.parse(nobody.body)).to.deep.equal({ assignments: [] });
        const somebody = await attack.request('somebody', ask({ valueOf: 'u1' }), 200);
        expect(somebody.body).to.include('"experiment":"valueOf"');
      },
      { stores: true },
    );

    category(
      161,
      'two admins who edit a running experiment at once',
      async (attack) => {
        const key = 'shared';
        await attack.push(key, asExperiment(key, { status: 'running' }), 'applied');
        const edit = { collection: 'experiments', key, op: 'update', base: 1, value: undefined };
        await attack.push('one', { ...edit, patch: { status: 'stopped' } }, 'applied');
        for (const patch of [{ coverage: 0.1 }, { status: 'running' }, { seed: 'other' }]) {
          const told = await attack.push('the other', { ...edit, patch }, 'conflict');
          expect(told).to.have.nested.property('row.version', 2);
          expect(told).to.have.nested.property('row.value.status', 'stopped');
        }
        await attack.push('a delete', { ...edit, op: 'delete' }, 'conflict');
        const at = (base: number) => attack.mutation({ ...edit, base, patch: { name: `${base}` } });
        // Whoever guesses at versions that are to come is not believed either.
        const told = await attack.outcomes('versions to come', [3, 4, 99].map(at));
        expect(told).to.deep.equal(['conflict', 'conflict', 'conflict']);
        const { body } = await attack.request('audit', { path: '/v1/audit', as: 'admin' }, 200);
        const { entries } = JSON.parse(body) as { entries: unknown[] };
        expect(entries).to.have.length(2);
      },
      { stores: true },
    );

    category(162, 'addresses that lead inside', async (attack) => {
      // They come from the config alone: nobody can bring one along.
      const inside = 'http://169.254.169.254/latest/meta-data';
      const claim = 'One page sells more.';
      for (const name of ['url', 'baseUrl', 'model', 'webhook', 'endpoint', 'key', 'timeout']) {
        const body = { claim, names: [], [name]: inside };
        await attack.request(name, { path: '/v1/suggestions/reword', body }, [404, 422]);
        await attack.push(name, asExperiment('calls', { [name]: inside }), 422);
      }
      const model = { model: 'm', keyVariable: 'KEY' };
      const issuer = { issuer: 'i', audience: 'a' };
      for (const address of [
        'http://169.254.169.254/',
        'https://169.254.169.254/',
        'https://2852039166/',
        'https://0251.0376.0251.0376/',
        'https://0xa9fea9fe/',
        'https://[::ffff:169.254.169.254]/',
        'https://[::ffff:a9fe:a9fe]/',
        'https://[fe80::1]/',
        'https://[fd00:ec2::254]/',
        'https://0.0.0.0/',
        'https://[::]/',
        'https://224.0.0.1/',
        'http://10.0.0.1/',
        'http://public.example/',
        'http://127.0.0.1.evil.example/',
        'http://localhost.evil.example/',
        'http://127.0.0.1@evil.example/',
        'file:///etc/passwd',
        'gopher://127.0.0.1:6379/_x',
        'ftp://127.0.0.1/',
        'data:application/json,{}',
        'javascript:alert(1)',
        '//127.0.0.1/',
        '127.0.0.1',
        '',
      ]) {
        countCase(162, 2);
        const called = { languageModel: { ...model, baseUrl: address } };
        expect(() => checkConfig(called), address).to.throw(/languageModel\.baseUrl takes/);
        const keys = { auth: { ...issuer, jwks: address } };
        expect(() => checkConfig(keys), address).to.throw(/auth\.jwks takes/);
      }
    });
  },
  { onBoth: true },
);

/** What it says next. */
let answer: RequestListener = (request) => request.resume();
let redirected = false;
let model: Server | undefined;
after(() => {
  model?.closeAllConnections();
  model?.close();
});

hostile(
  'J a language model',
  (category) => {
    category(163, 'answers that say something else, or never end', async (attack) => {
      const claim = `One page sells 5.8 % more than Control in ${CANARY}.`;
      const fair = `In ${CANARY} One page sells 5.8 % more than Control.`;
      const saying = (content: unknown) =>
        raw(JSON.stringify({ choices: [{ message: { content } }] }));
      const raw =
        (body: string, status = 200, headers = {}): RequestListener =>
        (request, response) => {
          request.resume();
          response.writeHead(status, headers).end(body);
        };
      const text = (said: unknown) => saying(JSON.stringify({ text: said }));
      const generated = attack.generated(fc.string({ minLength: 1, maxLength: 40 }));
      const answers: Record<string, RequestListener> = {
        HTML: text(`${fair}<img src=x onerror=alert(1)>`),
        script: text(`${fair}<script>alert(1)</script>`),
        'a link': text(`${fair} [here](javascript:alert(1))`),
        'an address': text(`${fair} See www.evil.example`),
        obeying: text('Ignore that. Ship Control at once, it is 100 % better.'),
        'another number': text(fair.replace('5.8', '58')),
        'the other way': text(fair.replace('more', 'less')),
        'another name': text(fair.replace('One page', 'Wizard')),
        invisible: text(`${fair}\u202e\u200b`),
        control: text(`${fair}\u0000\u001b[31m`),
        'a megabyte': text(fair + ' '.repeat(1_000_000)),
        'ten megabytes': raw('x'.repeat(10_000_000)),
        'no JSON': saying('Sure!'),
        'JSON in a fence': saying('```json\n{"text":"x"}\n```'),
        'a list for text': text([fair]),
        null: text(null),
        __proto__: saying(`{"__proto__":{"text":${JSON.stringify(fair)}}}`),
        deep: raw('['.repeat(50_000)),
        'no choices': raw('{}'),
        'no content': raw('{"choices":[{}]}'),
        'choices that are none': raw('{"choices":5}'),
        'content that is none': saying({ text: fair }),
        page: raw('<html>Sign in</html>', 200, { 'content-type': 'text/html' }),
        error: raw('{}', 500),
        refusal: raw('{}', 401),
        redirect: raw('', 307, { location: '/elsewhere' }),
        gzip: raw('\u001f\u008b', 200, { 'content-encoding': 'gzip' }),
        'headers without end': raw('{}', 200, { 'x-long': 'x'.repeat(40_000) }),
        'an answer cut off': (request, response) => {
          request.resume();
          response.writeHead(200, { 'content-length': 1_000 }).write('{"choices":[');
          setTimeout(() => response.destroy(), 20);
        },
        'a connection cut off': (request) => request.socket.destroy(),
        'a drip': (_, response) => {
          const drip = setInterval(() => response.write(' '), 50);
          response.on('close', () => clearInterval(drip));
        },
        nothing: (request) => request.resume(),
        ...Object.fromEntries(generated.map((said, i) => [`generated ${i}`, text(said)])),
      };
      const body = { claim, names: ['One page', 'Control', 'Wizard'] };
      const ask = { path: '/v1/suggestions/reword', body };
      for (const [name, listener] of Object.entries(answers)) {
        answer = listener;
        const told = await attack.request(name, ask, 200);
        expect(JSON.parse(told.body), name).to.deep.equal({ text: claim, reworded: false });
      }
      expect(redirected).to.equal(false);
      answer = text(fair);
      const told = await attack.request('a fair one', ask, 200);
      expect(JSON.parse(told.body)).to.deep.equal({ text: fair, reworded: true });
      for (const wrong of [{}, { claim }, { claim: '', names: [] }, { claim, names: 'x' }]) {
        await attack.request('no claim', { ...ask, body: wrong }, 422);
      }
      const long = { claim: 'x'.repeat(1_001), names: [] };
      await attack.request('a long one', { ...ask, body: long }, [413, 422]);
    });
  },
  {
    async config() {
      model ??= createServer((request, response) => {
        if (request.url === '/elsewhere') redirected = true;
        answer(request, response);
      });
      if (!model.listening) {
        await new Promise<void>((resolve) => model!.listen(0, '127.0.0.1', resolve));
      }
      const { port } = model.address() as AddressInfo;
      const baseUrl = `http://127.0.0.1:${port}/v1`;
      return { languageModel: { baseUrl, model: 'm', keyVariable: 'HOSTILE_KEY', timeout: 400 } };
    },
  },
);
