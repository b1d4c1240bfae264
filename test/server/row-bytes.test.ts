/** Rows and stretches are bounded by the bytes they are told in, not by those they were sent in. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type JsonObject, limits, type PullEnd, type PullPage } from '../../src/protocol/index.js';
import { checkConfig } from '../../src/server/config/check.js';
import { defineConfig } from '../../src/server/config/config.js';
import type { Server } from '../../src/server/server.js';
import { toldBytes } from '../../src/server/sync/row-bytes.js';
import { Client, startServer } from './client.js';
import { onEachEngine } from './engines.js';

const anything = { type: 'object' } as const;
const config = checkConfig(
  defineConfig({
    collections: {
      points: { schema: anything, read: 'viewer', write: 'editor', indexes: ['team'] },
      partly: { schema: anything, read: (row) => row.hidden !== true, write: 'editor' },
    },
  }),
);

/** Sent in five characters, told in 309. */
const LONG = 1e308;

/** Numbers of all sizes; texts of all characters that a row may have. */
const jsonValues = [
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
];

onEachEngine('the bytes of rows', (engine) => {
  let server: Server;
  let client: Client;
  before(async () => {
    server = await startServer(engine.database(), { config });
  });
  beforeEach(async () => {
    client = await Client.in(server);
  });
  after(() => server.close());

  const point = (key: string, value: JsonObject, collection = 'points') =>
    client.mutation(key, { collection, value });

  it('are counted as the database writes them', async () => {
    const values = fc.sample(fc.object({ key: fc.uuid(), values: jsonValues }), 300);
    const rows = await engine
      .database()
      .query<{ bytes: number }>(
        `select octet_length(value::text) as bytes from jsonb_array_elements($1::jsonb) as value`,
        [JSON.stringify(values)],
      );
    const counted = (JSON.parse(JSON.stringify(values)) as JsonObject[]).map(toldBytes);
    expect(counted).to.deep.equal(rows.map(({ bytes }) => bytes));
  });

  it('are bounded: numbers that are told in many digits, and rows that grow by patches', async () => {
    const [exploding] = await client.push(point('a', { xs: Array<number>(9_000).fill(LONG) }));
    expect(exploding).to.include({ outcome: 'rejected' });
    expect(exploding).to.have.nested.property('problem.code', 'payload-too-large');
    const text = 'x'.repeat(50_000);
    const [made, second, third] = await client.push(
      point('b', { a: text }),
      client.mutation('b', { collection: 'points', op: 'update', base: 1, patch: { b: text } }),
      client.mutation('b', { collection: 'points', op: 'update', base: 2, patch: { c: text } }),
    );
    expect([made, second]).to.have.nested.property('[1].outcome', 'applied');
    expect(third).to.have.nested.property('problem.code', 'payload-too-large');
    // Whatever is in the row, what one may not see included: of its size nothing is told.
    const detailOf = (result: unknown) =>
      (result as { problem: { detail: string } }).problem.detail;
    expect(detailOf(third)).to.equal(detailOf(exploding));
    expect((await client.pull('', 'points')).pages[0]).to.deep.include({ keys: ['b'] });
  });

  const ways: Record<string, { collection: string; scopes?: string; hidden?: boolean }> = {
    'in the order of the counter': { collection: 'points' },
    'by scopes with an index': { collection: 'points', scopes: '{"points":[{"team":"a"}]}' },
    'past rows that a policy hides': { collection: 'partly', hidden: true },
  };
  for (const [way, { collection, scopes, hidden }] of Object.entries(ways)) {
    it(`bound each stretch of a pull, and every row is told: ${way}`, async () => {
      const xs = Array<number>(400).fill(LONG);
      const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
      await client.push(...keys.map((key) => point(key, { team: 'a', xs }, collection)));
      if (hidden) {
        await client.push(
          ...keys.map((key) => point(`h${key}`, { xs, hidden }, collection)),
          point('last', { team: 'a' }, collection),
        );
        keys.push('last');
      }
      const query = new URLSearchParams({ collections: collection, ...(scopes && { scopes }) });
      const { body } = await client.request('GET', `/v1/sync/pull?${query}`);
      const lines = body.trimEnd().split('\n');
      const stretches: string[][] = [[]];
      for (const line of lines) {
        stretches.at(-1)!.push(line);
        if (line.startsWith('{"cursor"')) stretches.push([]);
      }
      const full = stretches.slice(0, -1);
      expect(full.length).to.be.above(2);
      for (const stretch of full) {
        expect(stretch.join('\n').length).to.be.below(limits.stretchBytes + 2 * limits.rowBytes);
      }
      const told = lines
        .map((line) => JSON.parse(line) as PullPage | PullEnd)
        .flatMap((line) => ('keys' in line ? line.keys : []));
      expect(told).to.deep.equal(keys);
      expect(JSON.parse(lines.at(-1)!)).to.include({ more: false });
    });
  }
});
