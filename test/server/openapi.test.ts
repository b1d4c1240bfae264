import { Ajv } from 'ajv';
import { expect } from 'chai';
import { operations } from '../../src/server/openapi/operations.js';
import type { Server } from '../../src/server/server.js';
import { Client, startServer } from './client.js';
import { onEachEngine } from './engines.js';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { 'x-role'?: string; responses: Record<string, Answer> }>>;
  components: { schemas: Record<string, object> };
}
interface Answer {
  content?: Record<string, { schema: object }>;
}

onEachEngine('/openapi.json', (engine) => {
  let server: Server;
  let document: Document;
  before(async () => {
    server = await startServer(engine.database(), { metricsToken: 'open' });
    document = (await server.app.inject('/openapi.json')).json();
  });
  after(() => server.close());

  /** References are looked up in the document itself. */
  const validatorOf = (schema: object) => {
    const ajv = new Ajv({ strict: false, discriminator: true, validateFormats: false });
    return ajv.compile({ ...schema, components: document.components });
  };

  it('has every route of the API, with the role it takes, and no other', () => {
    const api = server.routes.filter(({ method }) => method !== 'HEAD');
    for (const { method, path, access } of api) {
      const found = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      // The sign-in link leads to a page.
      if (path.startsWith('/ops/')) continue;
      expect(found, `${method} ${path} in src/server/openapi/operations.ts`).to.be.an('object');
      expect(found!['x-role'] ?? 'public').to.equal(access);
    }
    const declared = api.map(({ method, path }) => `${method} ${path}`);
    expect(declared).to.include.members(Object.keys(operations));
  });

  it('says what stands in paths, which headers count, and no bound that does not hold', async () => {
    const parameter = (path: string, name: string): object => {
      const { parameters } = document.paths[path]!.get as unknown as {
        parameters: { name: string; in: string; schema: object }[];
      };
      return parameters.find((one) => one.name === name)!.schema;
    };
    const unit = validatorOf(parameter('/v1/units/{id}/export', 'id'));
    expect([unit('😀'.repeat(128)), unit('x'.repeat(129)), unit('..')]).to.deep.equal([
      true,
      false,
      false,
    ]);
    const key = validatorOf(parameter('/v1/experiments/{key}/results', 'key'));
    expect([key('hero'), key('a b')]).to.deep.equal([true, false]);
    expect(parameter('/v1/config', 'If-None-Match')).to.deep.equal({ type: 'string' });

    const limit = 9_999_999;
    expect(validatorOf(parameter('/v1/sync/pull', 'limit'))(limit)).to.equal(true);
    const client = await Client.in(server);
    const url = `/v1/sync/pull?collections=tasks&limit=${limit}`;
    expect((await client.request('GET', url)).statusCode).to.equal(200);
  });

  it('has schemas that compile, and examples that fit them', () => {
    for (const [name, { body, query = {}, answers }] of Object.entries(operations)) {
      if (body) {
        const check = validatorOf(body.schema);
        expect(check(body.example), `${name}: ${JSON.stringify(check.errors)}`).to.equal(true);
      }
      for (const { schema, example } of Object.values(query)) {
        if (example === undefined) continue;
        const value = 'minimum' in schema ? Number(example) : example;
        expect(validatorOf(schema)(value), name).to.equal(true);
      }
      for (const { schema } of Object.values(answers)) if (schema) validatorOf(schema);
    }
  });

  it('takes its own examples, and answers what it says', async () => {
    for (const [name, { body, query = {} }] of Object.entries(operations)) {
      const [method, path] = name.split(' ') as ['GET' | 'POST' | 'DELETE', string];
      if (path === '/v1/sync/live' || path.includes(':') || method === 'DELETE') continue;
      const client = await Client.in(server, undefined, 'admin');
      const parameters = Object.entries(query).flatMap(([key, { example }]) =>
        example === undefined ? [] : [[key, example]],
      );
      const url = parameters.length ? `${path}?${new URLSearchParams(parameters)}` : path;
      const response = await client.request(method, url, body?.example);
      const answer =
        document.paths[path]![method.toLowerCase()]!.responses[String(response.statusCode)];
      expect(answer, `${name}: ${response.body}`).to.be.an('object');
      for (const [type, { schema }] of Object.entries(answer!.content ?? {})) {
        expect(response.headers['content-type'], name).to.include(type);
        const check = validatorOf(schema);
        const values = /json/.test(type) ? response.body.trim().split('\n') : [];
        for (const text of values) {
          expect(check(JSON.parse(text)), `${name}: ${text} ${JSON.stringify(check.errors)}`)
            .to //
            .equal(true);
        }
      }
    }
  });

  it('describes problems as they are', async () => {
    const problem = validatorOf({ $ref: '#/components/schemas/Problem' });
    const client = await Client.in(server);
    for (const response of [
      await server.app.inject('/v1/session'),
      await client.request('POST', '/v1/sync/push', { client: '!' }),
      await client.request('GET', '/v1/sync/pull?collections=none'),
      await client.request('GET', '/nowhere'),
    ]) {
      expect(problem(response.json()), `${response.body} ${JSON.stringify(problem.errors)}`)
        .to //
        .equal(true);
    }
  });
});
