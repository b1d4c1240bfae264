/** Installs Debian packages where that is allowed without asking: on Debian, as root. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export function mayInstall(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/** Throws when apt-get fails; its output says why. */
export function install(packages: readonly string[]): void {
  const names = [...new Set(packages)];
  console.log(`Installing ${names.join(', ')} with apt-get …`);
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...names);
}

function apt(...args: string[]): void {
  const { status } = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed (${status ?? 'killed'}).`);
}
