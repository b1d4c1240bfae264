export type ExperimentsErrorCode =
  /** A conversion's name is not 1 to 64 of A–Z, a–z, 0–9, _ and -. */
  | 'invalid-name'
  /** A conversion's value is not a finite number up to 10¹² in size. */
  | 'invalid-value'
  /** No unit is given, or it is not 1 to 128 printable characters. */
  | 'no-unit'
  /** The configuration was refused, or what came is not one. */
  | 'config'
  /** The network or server is away: no configuration yet; it is tried again. Said only where none is cached. */
  | 'unreachable'
  /** The workspace demands assignment tokens, and refuses to give any. */
  | 'assignments'
  /** The server, asked for a token, decided otherwise than this device: the exposure is not recorded. */
  | 'not-assigned'
  /** The page hands over decisions about another unit than the attributes name; they are not used. */
  | 'handed-over'
  /** A nonce for the inline script is not base64. */
  | 'nonce'
  /** A GrowthBook payload is none. */
  | 'payload'
  /** A part of a GrowthBook payload can't be decrypted by the key given, if any. */
  | 'decryption'
  /** An event could not be written; `cause` says why. */
  | 'not-recorded'
  /** Consent was denied, and what was recorded before could not be deleted; `cause` says why. */
  | 'not-forgotten';

export class ExperimentsError extends Error {
  override readonly name = 'ExperimentsError';
  readonly code: ExperimentsErrorCode;

  constructor(code: ExperimentsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
