/** Runs an installed command-line tool as one check. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface ToolResult {
  ok: boolean;
  /** What it wrote to either stream, in lines. */
  lines: string[];
}

/** `name` is a program of node_modules/.bin. */
export function runTool(name: string, args: readonly string[]): ToolResult {
  const windows = process.platform === 'win32';
  const program = join('node_modules', '.bin', windows ? `${name}.cmd` : name);
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    maxBuffer: 1e9,
    shell: windows,
  });
  if (error !== undefined)
    throw new Error(`${name} did not start: is npm install done?`, { cause: error });
  return {
    ok: status === 0,
    lines: `${stdout}\n${stderr}`.split('\n').filter((line) => line !== ''),
  };
}
