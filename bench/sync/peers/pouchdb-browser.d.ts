/** The part of PouchDB that the benchmark uses; it ships no types of its own. */
declare module 'pouchdb-browser' {
  type Doc = { _id: string; _rev?: string };
  interface Replication extends Promise<unknown> {
    cancel(): void;
  }
  export default class PouchDB {
    constructor(
      name: string,
      options?: {
        auto_compaction?: boolean;
        skip_setup?: boolean;
        fetch?: (url: string | Request, init?: RequestInit) => Promise<Response>;
      },
    );
    bulkDocs(docs: readonly object[]): Promise<unknown>;
    put(doc: object): Promise<unknown>;
    get<T>(id: string): Promise<T & Doc>;
    allDocs<T>(options: {
      include_docs: true;
      limit?: number;
    }): Promise<{ rows: { doc: T & Doc }[] }>;
    replicate: {
      from(remote: PouchDB, options: { batch_size: number }): Replication;
      to(remote: PouchDB, options?: object): Replication;
    };
  }
}
