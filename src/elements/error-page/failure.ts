/**
 * Reads what an app caught: an `Error`, a problem (RFC 9457), a `Response` or any value. Pure;
 * the error page shows it and the user can copy it.
 */
export interface Failure {
  /** HTTP status, or `timeout`; empty where nothing tells. */
  status: string;
  /** To be found again in the server's log. */
  id: string;
  /** One or two lines for people who can help. */
  message: string;
  stack: string;
}

export function readFailure(error: unknown): Failure {
  if (typeof error !== 'object' || error === null) {
    const primitive = error as string | number | bigint | boolean | symbol | null | undefined;
    const message = primitive == null ? '' : String(primitive);
    return { status: '', id: '', message, stack: '' };
  }
  const fields = error as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '');
  const message =
    [text('title'), text('detail')].filter(Boolean).join(': ') ||
    [text('name'), text('message') || text('statusText')].filter(Boolean).join(': ');
  const code = fields['code'];
  return {
    status:
      typeof fields['status'] === 'number' && fields['status'] > 0
        ? String(fields['status'])
        : text('name') === 'TimeoutError'
          ? 'timeout'
          : '',
    id: text('instance'),
    message: typeof code === 'string' && code ? `${message} (${code})` : message,
    stack: text('stack'),
  };
}

/** The report that the user sends to support: everything that helps to find the cause. */
export function reportOf(
  failure: Failure,
  shown: { heading: string; status: string; id: string },
  at: Date,
): string {
  return [
    shown.heading,
    `Status: ${shown.status}`,
    shown.id && `Report: ${shown.id}`,
    failure.message && `Error: ${failure.message}`,
    `Page: ${location.href}`,
    `Time: ${at.toISOString()}`,
    `Browser: ${navigator.userAgent}`,
    failure.stack && `\n${failure.stack}`,
  ]
    .filter(Boolean)
    .join('\n');
}
