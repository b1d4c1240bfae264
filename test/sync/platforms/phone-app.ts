/** An app on React Native, run by `react-native.node.test.ts`; prints what it saw as JSON. */
import { phone } from './hermes.js';
import {
  bytelystTransport,
  createSyncEngine,
  memoryStorage,
  mmkvStorage,
  type Storage,
} from '../../../src/sync/index.js';
import { reactNativePorts, type AppState, type NetInfo } from '../../../src/sync/react-native.js';

const url = process.argv[2]!;
let tellNetwork: Parameters<NetInfo['addEventListener']>[0] = () => {};
let tellApp: Parameters<AppState['addEventListener']>[1] = () => {};
const netInfo: NetInfo = {
  addEventListener: (listener) => ((tellNetwork = listener), () => {}),
};
const appState: AppState = {
  addEventListener: (_, listener) => ((tellApp = listener), { remove() {} }),
};
const files = new Map<string, string>();
const mmkv = {
  getString: (key: string) => files.get(key),
  set: (key: string, value: string) => void files.set(key, value),
  getAllKeys: () => [...files.keys()],
  remove: (key: string) => files.delete(key),
};

const open = (storage: Storage) =>
  createSyncEngine({
    storage,
    transport: bytelystTransport({ url: `${url}/v1` }),
    entities: { tasks: {} },
    ports: reactNativePorts({ NetInfo: netInfo, AppState: appState }),
  });
const setOnline = (isConnected: boolean) => {
  phone.online = isConnected;
  tellNetwork({ isConnected });
};
const seen: Record<string, unknown> = {};

const other = open(memoryStorage());
await other.collection('tasks').create({ id: 'theirs', title: 'x'.repeat(20_000) });
seen.first = (await other.flush()).success;

const mine = open(mmkvStorage(mmkv));
const second = open(mmkvStorage(mmkv));
await mine.flush();
seen.pulled = (mine.collection('tasks').get('theirs') as { title?: string } | undefined)?.title
  ?.length;

setOnline(false);
const write = mine.collection('tasks').create({ id: 'mine', title: 'Offline 🙂' });
await write;
await mine.collection('tasks').update('theirs', { title: 'Edited' });
seen.offline = mine.getStatus().status;
seen.toldSecond = second.collection('tasks').get('mine')?.id;
tellApp('background');
await second.close();
await mine.close();

const again = open(mmkvStorage(mmkv));
await again.ready;
seen.reopened = again.getStatus().pending;
const closed = again.on('error', ({ code }) => (seen.error = code));
setOnline(true);
seen.sent = (await again.flush()).pushed;
// In the background an app may still be asked to synchronise, and is left again at once.
tellApp('background');
await again.collection('tasks').create({ id: 'late' });
seen.background = (await again.flush()).pushed;
tellApp('active');
await other.flush();
seen.told = other.collection('tasks').get('mine');
closed();
await Promise.all([again.close(), other.close()]);
console.log(JSON.stringify(seen));
