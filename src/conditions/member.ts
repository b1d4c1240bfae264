/** The member at a dotted path, null where there is none. Own members only: never a prototype's. */
export function member(value: unknown, path: string): unknown {
  if (!path.includes('.')) return ownMember(value, path);
  return path.split('.').reduce(ownMember, value);
}

/** The same, but one that is there and undefined is undefined, which GrowthBook tells from absent. */
export function memberOrUndefined(value: unknown, path: string): unknown {
  let current = value;
  for (const name of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name))
      return null;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** The member of that name, dots and all. */
export function ownMember(value: unknown, name: string): unknown {
  return isReference(value) && Object.hasOwn(value, name)
    ? ((value as Record<string, unknown>)[name] ?? null)
    : null;
}

export function isReference(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
