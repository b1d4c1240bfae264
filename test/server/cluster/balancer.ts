/** A balancer of connections: each goes to the next node that says it is ready. */
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface Balancer {
  url: string;
  /** Resolves when the head of a push is on its way to the node on that port. */
  pushTo(port: number): Promise<void>;
  close(): Promise<void>;
}

/** How often nodes are asked whether they are ready. */
const ASK_MS = 100;

export async function startBalancer(ports: () => readonly number[]): Promise<Balancer> {
  const ready = new Set<number>();
  const sockets = new Set<Socket>();
  const watchers = new Map<number, () => void>();
  let turn = 0;

  const ask = async (port: number) => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(2_000),
    }).catch(() => null);
    if (response?.ok) ready.add(port);
    else ready.delete(port);
  };
  const asking = setInterval(() => ports().forEach((port) => void ask(port)), ASK_MS);

  const server = createServer((client) => {
    const able = ports().filter((port) => ready.has(port));
    const port = able[turn++ % able.length];
    if (port === undefined) return void client.destroy();
    const node = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [client, node],
      [node, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    node.on('error', () => ready.delete(port));
    client.on('data', (data) => {
      node.write(data);
      if (!data.subarray(0, 18).equals(PUSH)) return;
      watchers.get(port)?.();
      watchers.delete(port);
    });
    node.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  while (ready.size < ports().length) await new Promise((resolve) => setTimeout(resolve, ASK_MS));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pushTo: (port) => new Promise((resolve) => watchers.set(port, resolve)),
    async close() {
      clearInterval(asking);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const PUSH = Buffer.from('POST /v1/sync/push');
