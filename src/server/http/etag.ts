/** `If-None-Match` (RFC 9110 §13.1.2): a list of tags, weak ones too, or `*` for any. */

/** Whether the client has what `etag` names. */
export function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => {
    const own = tag.trim();
    return own === '*' || own.replace(/^W\//, '') === etag;
  });
}
