/**
 * Rows are handed out as they are, not copied; frozen, so that an app which changes one by accident
 * gets an error there and then, and the runtime's idea of what the server has stays right.
 */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
