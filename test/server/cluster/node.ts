/** A node: the command `bytelyst serve` as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { atExit } from '../../../scripts/machine/at-exit.js';
import { freePort } from '../../../scripts/machine/free-port.js';

export interface Node {
  readonly port: number;
  /** `kill -9`, and nothing else. */
  kill(): Promise<void>;
  /** SIGTERM; rejects when it does not end well. */
  stop(): Promise<void>;
}

/** Starts one on a free port, or on the port of one that is gone; resolves when it is ready. */
export async function startNode(
  environment: Readonly<Record<string, string>>,
  port?: number,
): Promise<Node> {
  const { NODE_ENV: _, ...inherited } = process.env;
  const own = port ?? (await freePort());
  const child = spawn(
    process.execPath,
    ['--import=tsx', 'src/server/cli.ts', 'serve', '--port', String(own)],
    { env: { ...inherited, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (output += data.toString()));
  }
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const forget = atExit(() => child.kill('SIGKILL'));
  void exit.then(forget);
  while (!output.includes('Admin ')) {
    if (child.exitCode !== null) throw new Error(`The node ended: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port: own,
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
    async stop() {
      child.kill('SIGTERM');
      const code = await exit;
      if (code !== 0) throw new Error(`The node ended with ${code}: ${output.slice(-2_000)}`);
    },
  };
}
