// react-native-mmkv 3 keeps its types in another folder than its modules.
declare module 'react-native-mmkv-3/lib/module/createMMKV.web.js' {
  export { createMMKV } from 'react-native-mmkv-3/lib/typescript/src/createMMKV.web.js';
}
declare module 'react-native-mmkv-3/lib/module/createMMKV.mock.js' {
  export { createMockMMKV } from 'react-native-mmkv-3/lib/typescript/src/createMMKV.mock.js';
}
