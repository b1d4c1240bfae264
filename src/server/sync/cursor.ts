/** Where a client's pull stands: opaque to it, signed, and bound to workspace and life. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isObject } from '../../protocol/index.js';
import type { PullReset } from '../../protocol/index.js';
import type { DatabaseIdentity } from '../database/identity.js';

/**
 * A place in the workspace's counter, whatever is pulled: collections and scopes whose cursors are
 * equal can be pulled together.
 */
export interface Position {
  workspace: string;
  /** What its owner sees of the workspace (`viewOf`); with another view, all is told anew. */
  view: string;
  /** Everything up to here has been told. */
  seq: number;
  /**
   * Where the counter stood when the first pull began, until that is reached: rows before it that
   * are outside of the client's scopes were never told and need no removal.
   */
  began?: number | undefined;
}

export function encodeCursor(
  { epoch, secret }: DatabaseIdentity,
  { workspace, view, seq, began }: Position,
): string {
  const content = Buffer.from(
    JSON.stringify({
      w: workspace,
      e: epoch,
      s: seq,
      ...(view && { v: view }),
      ...(began !== undefined && { b: began }),
    }),
  ).toString('base64url');
  return `${content}.${sign(secret, content)}`;
}

/** Where a cursor stands, or why it means nothing here. */
export function decodeCursor(
  { epoch, secret }: DatabaseIdentity,
  cursor: string,
  workspace: string,
  view: string,
): Position | PullReset['reason'] {
  const [content = '', signature = ''] = cursor.split('.', 2);
  const expected = Buffer.from(sign(secret, content));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'cursor';

  const position: unknown = JSON.parse(Buffer.from(content, 'base64url').toString());
  if (!isObject(position) || position.w !== workspace) return 'cursor';
  if ((position.v ?? '') !== view) return 'cursor';
  if (position.e !== epoch) return 'epoch';
  const began = position.b === undefined ? undefined : Number(position.b);
  return { workspace, view, seq: Number(position.s), began };
}

function sign(secret: string, content: string): string {
  return createHmac('sha256', secret).update(`cursor ${content}`).digest('base64url');
}
