/** The server of a world: its model in memory. What is stored outlives a restart; streams don't. */
import type { JsonObject } from '../../src/protocol/index.js';
import type { ServerRow } from './journal.js';
import type { Subject } from './load.js';

export interface Backend {
  fetch(url: string, init: RequestInit): Promise<Response>;
  rows(): Promise<ServerRow[]>;
  /** Ids of the events that arrived, each as often as it counts. */
  events(): Promise<string[]>;
  /** A change by somebody who is not of this world; `null` deletes. */
  write(collection: string, key: string, value: JsonObject | null): Promise<void>;
  backup(): void;
  /** Goes back in time, into another life. */
  restore(): void;
  end(): Promise<void>;
}

/** `durable`: what is accepted is never lost; else a restore loses what came after the backup. */
export function modelBackend({ ModelServer }: Subject, durable: boolean): Backend {
  const model = new ModelServer();
  model.onDisk = durable;
  model.refuse = ({ value, patch }) => typeof (value ?? patch)?.title === 'number';
  let saved = model.backup();
  return {
    fetch: (url, init) => model.fetch(url, init),
    rows: () => Promise.resolve([...model.rows.values()]),
    events: () => Promise.resolve([...model.events.keys()]),
    async write(collection, key, value) {
      model.write(collection, key, value);
    },
    backup() {
      saved = model.backup();
    },
    restore: () => model.restore(saved),
    async end() {},
  };
}
