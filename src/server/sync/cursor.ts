/** Where a client's pull stands: opaque to it, signed, and bound to workspace, life and scope. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isObject } from '../../protocol/index.js';
import type { PullReset } from '../../protocol/index.js';
import type { DatabaseIdentity } from '../database/identity.js';

export interface Position {
  workspace: string;
  /** The collections pulled. */
  scope: readonly string[];
  /** Everything up to here has been told. */
  seq: number;
}

export function encodeCursor({ epoch, secret }: DatabaseIdentity, position: Position): string {
  const content = Buffer.from(
    JSON.stringify({
      w: position.workspace,
      e: epoch,
      s: position.seq,
      c: scopeHash(position.scope),
    }),
  ).toString('base64url');
  return `${content}.${sign(secret, content)}`;
}

/** The counter where a cursor stands, or why it means nothing here. */
export function decodeCursor(
  { epoch, secret }: DatabaseIdentity,
  cursor: string,
  workspace: string,
  scope: readonly string[],
): number | PullReset['reason'] {
  const [content = '', signature = ''] = cursor.split('.', 2);
  const expected = Buffer.from(sign(secret, content));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'cursor';

  const position: unknown = JSON.parse(Buffer.from(content, 'base64url').toString());
  if (!isObject(position) || position.w !== workspace) return 'cursor';
  if (position.e !== epoch) return 'epoch';
  if (position.c !== scopeHash(scope)) return 'scope';
  return Number(position.s);
}

function sign(secret: string, content: string): string {
  return createHmac('sha256', secret).update(`cursor ${content}`).digest('base64url');
}

function scopeHash(scope: readonly string[]): string {
  return createHash('sha256')
    .update([...scope].sort().join())
    .digest('base64url')
    .slice(0, 12);
}
