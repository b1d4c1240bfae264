/** Who asks. A workspace's data is seen and changed only through one of these. */
export interface Identity {
  /** The app's name for the user, or what a key is called. */
  subject: string;
  workspace: string;
  role: Role;
  via: 'token' | 'session' | 'write-key';
}

/**
 * `viewer` reads, `editor` also changes rows, `admin` also issues write keys. `writer` is what a
 * public write key may do: send events and read the config, nothing else.
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
