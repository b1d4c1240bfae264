/**
 * Work that has to queue by workspace anyway, at its counter or its rollups: what arrives while a
 * batch is under way waits, and is the next one together. Workspaces do not wait for one another.
 */
export interface Gathering<T> {
  /** Items of a batch have at most this size together; one alone may have more. */
  most: number;
  sizeOf(item: T): number;
  /** Settles every item and never rejects; returns those that have to be tried again. */
  work(workspace: string, batch: T[]): Promise<readonly T[]>;
}

export function gathering<T>({ most, sizeOf, work }: Gathering<T>) {
  const queues = new Map<string, T[]>();

  /** The head of the queue, as much of it as a batch takes. */
  function take(queue: T[]): T[] {
    let size = 0;
    const end = queue.findIndex((item, i) => {
      size += sizeOf(item);
      return i > 0 && size > most;
    });
    return queue.splice(0, end === -1 ? queue.length : end);
  }

  async function drain(workspace: string, queue: T[]): Promise<void> {
    while (queue.length) queue.unshift(...(await work(workspace, take(queue))));
    queues.delete(workspace);
  }

  return (workspace: string, item: T): void => {
    const queue = queues.get(workspace);
    if (queue) {
      queue.push(item);
      return;
    }
    const own = [item];
    queues.set(workspace, own);
    void drain(workspace, own);
  };
}
