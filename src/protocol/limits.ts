/** Bounds that the server enforces and the client keeps to, so that nothing is sent in vain. */
export const limits = {
  /** Bytes of a request body. */
  bodyBytes: 1_000_000,
  /** Mutations in one push. */
  pushMutations: 500,
  /** Bytes of one mutation as JSON. */
  mutationBytes: 64_000,
  /** Events in one `POST /v1/events`. */
  events: 500,
  /** Rows in one line of a pull, and lines in one pull. */
  pageRows: 256,
  pullRows: 5_000,
  /** Nesting of any JSON that comes in. */
  depth: 32,
} as const;
