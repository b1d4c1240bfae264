/** `bytelyst` as a process of its own: what is published, built anew where the source has changed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildPart } from '../../scripts/build/fresh.js';
import { server } from '../../scripts/build/server.js';

await buildPart(server, false);

const running: Command[] = [];

export class Command {
  /** Standard output and error, as they came. */
  output = '';
  /** Standard output alone. */
  said = '';
  /** Its status, when it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    running.push(this);
    child.stdout?.on('data', (data) => {
      this.output += data;
      this.said += data;
    });
    child.stderr?.on('data', (data) => (this.output += data));
    this.ended = once(child, 'close').then(([code]) => code as number | null);
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    let over = false;
    void this.ended.then(() => (over = true));
    for (;;) {
      const found = pattern.exec(this.output);
      if (found) return found;
      if (over) throw new Error(`It ended: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function runCommand(
  args: readonly string[],
  environment: Record<string, string> = {},
  options: { uid?: number } = {},
): Command {
  const { DATABASE_URL: _, NODE_ENV: __, ...inherited } = process.env;
  return new Command(
    spawn(process.execPath, ['src/server/dist/cli.js', ...args], {
      env: { ...inherited, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    }),
  );
}

/** Kills those that still run. */
export async function endCommands(): Promise<void> {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.splice(0).map(({ ended }) => ended));
}
