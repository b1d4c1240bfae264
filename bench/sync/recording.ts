/**
 * The server's side of a first sync, made before the clock runs: a real engine pulls from the
 * model of the server, and what it was answered is kept by URL, to be played back in the page.
 */
import { bytelystTransport, createSyncEngine, memoryStorage } from '../../src/sync/index.js';
import { ModelServer } from '../../test/sync/world/model-server.js';
import { BATCH, makeRows } from './rows.js';

/** `[url, body]` of each answer, as JSON. */
export async function record(count: number): Promise<string> {
  const server = new ModelServer();
  server.pullLimit = BATCH;
  for (const { id, ...value } of makeRows(count)) server.write('rows', id, value);

  const answers: [string, string][] = [];
  const engine = createSyncEngine({
    storage: memoryStorage(),
    transport: bytelystTransport({ url: '/v1' }),
    entities: { rows: {} },
    ports: {
      // Nobody else is there to lead.
      locks: { request: (_name, _options, hold) => hold() },
      network: {
        async fetch(url, init) {
          const response = await server.fetch(url, init);
          if (url.includes('/sync/live')) return response;
          const body = await response.text();
          answers.push([url, body]);
          return new Response(body);
        },
        online: () => true,
        onChange: () => () => {},
      },
    },
  });
  const { errors } = await engine.pull();
  if (errors.length > 0) throw new Error(`The recording failed: ${JSON.stringify(errors)}.`);
  const found = engine.collection('rows').query().get().length;
  await engine.close();
  if (found !== count) throw new Error(`The recording has ${found} rows instead of ${count}.`);
  return JSON.stringify(answers);
}
