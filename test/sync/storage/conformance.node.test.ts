import { createMockMMKV as mmkv3 } from 'react-native-mmkv-3/lib/module/createMMKV.mock.js';
import { createMockMMKV as mmkv4 } from 'react-native-mmkv-4/lib/createMMKV/createMockMMKV.js';
import { describeStorage } from './conformance.js';
import { everywhere, mmkvSubject } from './kinds.js';

for (const [kind, make] of Object.entries(everywhere)) describeStorage(kind, make);
describeStorage('MMKV 3', () => mmkvSubject(mmkv3()));
describeStorage('MMKV 4', () => mmkvSubject(mmkv4()));
