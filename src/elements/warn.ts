const told = new Set<string>();

/** Tells the developer about a misuse, once per message however many elements repeat it. */
export function warnOnce(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  console.warn(`bytelyst: ${message}`);
}
