/** Who asks. A workspace's data is seen and changed only through one of these. */
import type { JsonObject } from '../../protocol/index.js';

export interface Identity {
  /** The app's name for the user, or what a key is called. */
  subject: string;
  workspace: string;
  role: Role;
  via: 'token' | 'session' | 'write-key';
  /** All that a bearer token says, for policies to go by. */
  claims?: JsonObject;
  /** Names this token or session among all; a revocation may name it too. Absent: a write key. */
  credential?: string;
  /** When it was issued and when it ends, ms since 1970. */
  issuedAt?: number;
  expiresAt?: number;
}

/** What a policy is told of who asks. */
export interface Who {
  /** The app's name for the user. */
  readonly subject: string;
  readonly workspace: string;
  readonly role: UserRole;
  /** All that their bearer token says; empty for a session of the admin page. */
  readonly claims: Readonly<JsonObject>;
}

/**
 * `viewer` reads, `editor` also changes rows, `admin` also issues write keys and revokes tokens.
 * `writer` is what a public write key may do: send events and read the config, nothing else.
 */
export type Role = 'writer' | UserRole;
export type UserRole = (typeof USER_ROLES)[number];

export const USER_ROLES = ['viewer', 'editor', 'admin'] as const;

export function isUserRole(value: unknown): value is UserRole {
  return USER_ROLES.some((role) => role === value);
}

/** Whether `role` may do what at least `needed` may do. */
export function includesRole(role: Role, needed: Role): boolean {
  return ORDER.indexOf(role) >= ORDER.indexOf(needed);
}

const ORDER: readonly Role[] = ['writer', ...USER_ROLES];
