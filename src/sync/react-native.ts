/**
 * `bytelyst/sync/react-native`: what an app on React Native has instead of a browser's network hint
 * and page visibility. There are no tabs, locks or channels between processes; engines of one app
 * tell each other directly.
 */
import type { Network, OpenChannel, Ports } from './ports.js';

/** `@react-native-community/netinfo`, as far as it is used. */
export interface NetInfo {
  addEventListener(listener: (state: NetInfoState) => void): () => void;
}

export interface NetInfoState {
  isConnected: boolean | null;
  isInternetReachable?: boolean | null;
}

/** React Native's `AppState`, as far as it is used. */
export interface AppState {
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void };
}

export interface ReactNativeOptions {
  /** Without it the network is taken to be there; requests find out. */
  NetInfo?: NetInfo;
  /** Without it nobody says that the app is back, and the server is asked every half minute. */
  AppState?: AppState;
  /**
   * Another `fetch`, one that hands out answers piece by piece (`expo/fetch`): then changes of others
   * show at once over the live stream. React Native's own can't; the server is asked every half minute.
   */
  fetch?: Network['fetch'];
}

/** For `ports` of `createSyncEngine`. */
export function reactNativePorts(options: ReactNativeOptions = {}): Partial<Ports> {
  const { NetInfo, AppState, fetch } = options;
  let online = true;
  const network: Network = {
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
    streams: fetch !== undefined,
    online: () => online,
    onChange(callback) {
      const stopNetwork = NetInfo?.addEventListener(({ isConnected }) => {
        // Whether the internet can be reached is for requests to find out: the server may be near.
        if (online === (isConnected !== false)) return;
        online = !online;
        callback('network');
      });
      const app = AppState?.addEventListener('change', (state) => {
        // `inactive` is a glance at something else: the app goes on running.
        if (state === 'active') callback('shown');
        else if (state === 'background') callback('hidden');
      });
      return () => {
        stopNetwork?.();
        app?.remove();
      };
    },
  };
  return { network, locks: undefined, channel: withinApp };
}

const channels = new Map<string, Set<(message: unknown) => void>>();

const withinApp: OpenChannel = (name, receive) => {
  const peers = channels.get(name) ?? new Set();
  channels.set(name, peers.add(receive));
  return {
    post(message) {
      // Later, as a message would come, and not to whoever has left by then.
      for (const peer of peers)
        if (peer !== receive) queueMicrotask(() => peers.has(peer) && peer(message));
    },
    close() {
      peers.delete(receive);
      if (!peers.size && channels.get(name) === peers) channels.delete(name);
    },
  };
};
