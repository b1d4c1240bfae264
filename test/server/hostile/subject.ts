/** Starts the server under attack and asks it how it is. */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AuthConfig } from '../../../src/server/access/auth-config.js';
import type { Questions, Start } from './process.js';

export class Subject {
  /** What it has logged, a line each. */
  readonly log: string[] = [];
  #count = 0;
  readonly #asked = new Map<number, { resolve(told: never): void; reject(error: Error): void }>();

  private constructor(
    readonly process: ChildProcess,
    readonly port: number,
    /** What its config says of tokens. */
    readonly auth: AuthConfig,
  ) {
    process.on('message', ({ id, told, error }: { id: number; told: never; error?: string }) => {
      const waiting = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) waiting?.resolve(told);
      else waiting?.reject(new Error(error));
    });
    process.on('exit', (code, signal) => {
      for (const { reject } of this.#asked.values()) reject(new Error('the server is gone'));
      this.#asked.clear();
      this.log.push(`the process ended: ${code ?? signal}`);
    });
    for (const stream of [process.stdout!, process.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.log.push(line));
    }
  }

  static start(how: Start): Promise<Subject> {
    const program = fileURLToPath(new URL('process.ts', import.meta.url));
    const child = fork(program, [JSON.stringify(how)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      let errors = '';
      child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
      child.once('exit', (code) =>
        reject(new Error(`the server did not start (${code}): ${errors}`)),
      );
      child.once('message', ({ port }: { port: number }) =>
        resolve(new Subject(child, port, how.config?.auth ?? {})),
      );
    });
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  ask<Q extends keyof Questions>(
    name: Q,
    ...[asked]: Questions[Q]['asked'] extends undefined ? [] : [Questions[Q]['asked']]
  ): Promise<Questions[Q]['told']> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.process.send({ id, name, asked });
    });
  }

  stop(): void {
    this.process.disconnect();
  }
}
