/** Bounds that the server enforces and the client keeps to, so that nothing is sent in vain. */
export const limits = {
  /** Bytes of a request body. */
  bodyBytes: 1_000_000,
  /** Mutations in one push. */
  pushMutations: 500,
  /** Bytes of one mutation as JSON. */
  mutationBytes: 64_000,
  /** Bytes of a row as the server tells it: with spaces, and all digits of its numbers. */
  rowBytes: 128_000,
  /** Events in one `POST /v1/sync/append`. */
  events: 500,
  /** Rows in one line of a pull, in one stretch of it (what ends with a cursor), in one answer. */
  pageRows: 256,
  stretchRows: 1_000,
  pullRows: 100_000,
  /** Bytes of rows in one stretch; the last one may reach beyond. */
  stretchBytes: 2_000_000,
  /** Scopes of one pull, members of one, and characters of their names and values. */
  scopes: 50,
  scopeMembers: 5,
  scopeText: 128,
  /** Nesting of any JSON that comes in. */
  depth: 32,
  /** Members of one object of it. */
  members: 10_000,
} as const;
