/** Whose tokens are taken, beside the server's own. */
export interface AuthConfig {
  /** Where the issuer publishes its keys (JWKS); https, or http on this machine. */
  jwks?: string;
  /** What tokens must say in `iss`, and in `aud`. With `jwks` both are required. */
  issuer?: string;
  audience?: string;
  /** Which signatures are taken of keys from `jwks`. Default: RS256, ES256, EdDSA. */
  algorithms?: readonly Algorithm[];
  /** What the claims are called. Default: `workspace` and `role`. */
  claims?: { workspace?: string; role?: string };
}

export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
