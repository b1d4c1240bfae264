/**
 * One process to a data folder: two PGlites on one folder silently lose half of the writes. The
 * lock is a listening socket, which the kernel releases however the process ends, and which tells
 * whoever asks the process that holds it. A network file system or a second container that sees
 * the same folder but has its own network namespace is not covered.
 */
import { stat, unlink } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './data-folder.js';

export class FolderLockedError extends Error {
  override readonly name = 'FolderLockedError';
  readonly code = 'folder-locked';
  /** The holder, where it answered. */
  readonly pid: number | null;

  constructor(folder: string, pid: number | null) {
    const holder = pid === null ? 'another process' : `process ${pid}`;
    super(`The data folder ${folder} is in use by ${holder}. Stop it, or take another --data.`);
    this.pid = pid;
  }
}

/**
 * Takes the folder (made when missing), or rejects with `FolderLockedError`, or with a
 * `DataFolderError` where it can't be made; returns the way out.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const { dev, ino } = await stat(folder, { bigint: true });
  const address = socketAddress(`bytelyst-${dev}-${ino}`);
  for (;;) {
    const server = await listen(address);
    if (server) {
      return () => new Promise((resolve) => void server.close(() => resolve()));
    }
    const holder = await ask(address);
    if (holder !== 'nobody') throw new FolderLockedError(folder, holder);
    await unlink(address);
  }
}

/** Named after the folder's inode, so that every path to the folder is the same lock. */
function socketAddress(name: string): string {
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.sock`);
}

/** A server that tells its process id, or null when the address is taken. */
function listen(address: string): Promise<net.Server | null> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(String(process.pid));
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** The holder's process id; null when it doesn't answer; `nobody` when a socket file is stale. */
function ask(address: string): Promise<number | null | 'nobody'> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    let text = '';
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('data', (data) => (text += data.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const stale = error.code === 'ECONNREFUSED' && !address.startsWith('\0');
      resolve(stale ? 'nobody' : null);
    });
    socket.on('close', () => resolve(/^\d+$/.test(text) ? Number(text) : null));
  });
}
