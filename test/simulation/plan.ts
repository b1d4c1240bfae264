/** What happens in a history, as data: generated from a seed, shrunk, and kept in the corpus. */

/** Where in the world: a device, and one of the places for tabs on it. */
export interface Place {
  device: number;
  slot: number;
}

export interface Change {
  collection: string;
  key: string;
  /** `put`: an update where the app sees the row, else a create. */
  op: 'put' | 'create' | 'update' | 'delete';
  /** Writes the member that others write too, so that sides overlap. */
  title?: boolean;
  /** The server will refuse it: it does not fit the schema. */
  bad?: boolean;
  n?: number;
  done?: boolean;
  /** Added to the counter, where the collection has one. */
  likes?: number;
  /** Adds to the set, where the collection has one. */
  tag?: boolean;
  /** The key of the task that a note hangs on. */
  task?: string;
}

/** What befalls one request. */
export type RequestFault =
  | 'drop-request'
  | 'drop-response'
  | 'cut-body'
  | 'cut-body-quietly'
  | 'duplicate'
  | 'late-duplicate'
  | 'slow'
  | 'hang'
  | 'http-500'
  | 'http-503'
  | 'http-429'
  | 'http-413'
  | 'http-502-after'
  | 'proxy-page';

export type Action =
  | ({ do: 'write'; changes: Change[] } & Place)
  /** Somebody writes at the server itself. */
  | { do: 'others-write'; changes: Change[] }
  | ({ do: 'open' | 'close' | 'crash' | 'thaw' } & Place)
  /** Another app comes to the front; or the page is left for good, and says so before it ends. */
  | ({ do: 'background' | 'leave' } & Place)
  /** `told`: the browser says so before it does. */
  | ({ do: 'freeze'; told: boolean } & Place)
  | {
      do: 'discard' | 'reprocess' | 'resolve' | 'clear' | 'forget' | 'flush';
      device: number;
      slot: number;
    }
  | { do: 'request-fault'; device: number; fault: RequestFault }
  | { do: 'cut-live' | 'power-cut' | 'evict' | 'steal-lock'; device: number }
  /** A new version of the app opens beside the tabs of the old one. */
  | { do: 'upgrade'; device: number }
  /** Known to the browser, or a network that swallows everything. */
  | { do: 'offline' | 'black-hole' | 'session-ends'; device: number; ms: number }
  /** Writes of the disk are refused; or all of it fails; or it fails after the fact. */
  | { do: 'disk-full' | 'disk-fails' | 'disk-answer-lost'; device: number; ms: number }
  | { do: 'clock-jumps'; device: number; ms: number }
  | { do: 'server-restarts'; ms: number }
  | { do: 'server-busy'; ms: number; retryAfter: number | null }
  | { do: 'backup' | 'restore' };

export type Step = { at: number } & Action;

export interface Plan {
  seed: number;
  /** Places for tabs on each device. */
  devices: number[];
  /** ms that each device's clock is off. */
  skews: number[];
  maxRetries?: number;
  /** Whether the server has what it accepts on disk; else clients keep it until a backup has it. */
  onDisk: boolean;
  /** Whether the browser has Web Locks. */
  locks: boolean;
  /** ms that the faults last; what comes after heals. */
  length: number;
  steps: Step[];
}
