/**
 * Where assignment tokens come from and are kept. Apart from what asks for them, `assignments.ts`,
 * which only the pages of workspaces that demand tokens fetch.
 */
import { attempt } from './attempt.js';
import type { ConfigSource } from './config.js';

/** Where nothing says otherwise, it stands beside the configuration. */
export function assignmentsUrl(options: { assignmentsUrl?: string; configUrl?: string }): string {
  const { configUrl = '/v1/config', assignmentsUrl: url } = options;
  return url ?? configUrl.replace(/[^/?#]*(?:[?#].*)?$/, 'assignments');
}

export function assignmentsKey(url: string): string {
  return `bytelyst-assignments:${url}`;
}

/** Deletes what this device keeps of them, at once. */
export function forgetAssignments({ url, cache }: ConfigSource): void {
  attempt(() => cache?.removeItem(assignmentsKey(url)));
}
