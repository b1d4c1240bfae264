/**
 * `bytelyst/experiments/inline`: for servers and builds, the script that makes the right variants show
 * in the first paint, and what hands it the decisions.
 */
import { ExperimentsError } from '../error.js';
import { SNAPSHOT, type Snapshot } from '../snapshot.js';
import { snapshotText } from '../write-snapshot.js';
import { inlineSource } from './source.js';

export type { HandedOver, Snapshot } from '../snapshot.js';
export { takeSnapshot } from '../take-snapshot.js';
export { inlineHash, inlineSource } from './source.js';

export interface InlineOptions {
  /** Of the page's Content Security Policy; or allow `inlineHash` there. */
  nonce?: string;
  /** Decisions of this page's visitor. Without, those of their last page are shown. */
  decisions?: Snapshot;
}

/**
 * HTML for the page's `<head>`, before anything that loads: the decisions, if any, and the script. A
 * page with decisions is one visitor's: let no shared cache keep it.
 *
 * @throws ExperimentsError `nonce` if it is not base64
 */
export function inlineScript({ nonce, decisions }: InlineOptions = {}): string {
  if (nonce !== undefined && !/^[\w+/-]+={0,2}$/.test(nonce)) {
    throw new ExperimentsError('nonce', `A nonce is base64; got ${JSON.stringify(nonce)}.`);
  }
  const data = decisions
    ? `<script type="application/json" id="${SNAPSHOT}">${snapshotText(decisions)}</script>`
    : '';
  return `${data}<script${nonce === undefined ? '' : ` nonce="${nonce}"`}>${inlineSource}</script>`;
}
