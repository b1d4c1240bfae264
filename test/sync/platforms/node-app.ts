/** A program in plain Node, run by `node.node.test.ts`: `<url> <what>`. */
import { bytelystTransport, createSyncEngine, memoryStorage } from '../../../src/sync/index.js';

const [url, what] = process.argv.slice(2);
const sync = createSyncEngine({
  storage: memoryStorage(),
  transport: bytelystTransport({ url: `${url}/v1` }),
  entities: { tasks: {} },
});
await sync.collection('tasks').create({ id: what! });
// Nothing else keeps the process alive while this waits.
if (what !== 'open') console.log(JSON.stringify(await sync.flush()));
if (what === 'live') {
  // Another's change arrives without being asked for.
  await new Promise<void>((done) =>
    sync
      .collection('tasks')
      .query({ where: { id: 'theirs' } })
      .subscribe((rows) => rows.length && done()),
  );
  console.log('seen');
}
if (what !== 'open') await sync.close();
