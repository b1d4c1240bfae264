import { describeEngine } from './failing-device.js';
import { indexedDBSubject } from './indexeddb-subject.js';

describeEngine('IndexedDB', indexedDBSubject);
