import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';

/** What a page does while a server renders it, with the package as it is published. */
const rendering = `
  import { bytelystTransport, createSyncEngine, indexedDBStorage } from 'bytelyst/sync';
  import { requestBackgroundSync, handleBackgroundSync } from 'bytelyst/sync/service-worker';
  import { reactNativePorts } from 'bytelyst/sync/react-native';

  process.on('unhandledRejection', (error) => console.log('unhandled', error));
  const { setTimeout: wait } = globalThis;
  let timers = 0;
  globalThis.setTimeout = (...call) => (timers++, wait(...call));
  const sync = createSyncEngine({
    storage: indexedDBStorage('app'),
    transport: bytelystTransport({ url: '/v1' }),
    entities: { tasks: {} },
  });
  handleBackgroundSync(() => sync);
  requestBackgroundSync(sync, new Promise(() => {}));
  reactNativePorts();
  const tasks = sync.collection('tasks');
  const drawn = [];
  tasks.query().subscribe((rows) => drawn.push(rows.length));
  const code = (error) => error.name + ' ' + error.code;
  console.log(JSON.stringify({
    drawn,
    row: tasks.get('a') ?? null,
    ready: await sync.ready.catch(code),
    write: await tasks.create({ id: 'a' }).catch(code),
    flush: (await sync.flush()).errors.map((error) => error.code),
    after: tasks.query().get().length,
  }));
  wait(() => console.log('timers', timers), 3_000);
`;

describe('a page that a server renders', () => {
  it('is empty, says why only to whoever asks, and leaves nothing running', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', rendering], {
      timeout: 30_000,
    });
    const [out, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    expect({ errors, code }).to.deep.equal({ errors: '', code: 0 });
    const [answers, timers, ...rest] = out.trim().split('\n');
    expect(rest).to.deep.equal([]);
    expect(timers).to.equal('timers 0');
    expect(JSON.parse(answers!)).to.deep.equal({
      // A write shows at once, and is taken back when there is no disk for it.
      drawn: [0, 1, 0],
      row: null,
      ready: 'SyncError unavailable',
      write: 'SyncError unavailable',
      flush: ['unavailable'],
      after: 0,
    });
  });
});
