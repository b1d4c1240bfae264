import { describeEngine } from './failing-device.js';
import { everywhere } from './kinds.js';

for (const kind of ['an asynchronous key-value', 'an encrypted key-value'])
  describeEngine(kind, everywhere[kind]!);
