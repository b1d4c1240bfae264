/** Undoes what a script started, however it ends: by itself, by Ctrl-C or by a signal. */
const undo = new Set<() => void>();

/** `cleanUp` must be synchronous. Returns a function that runs it now instead. */
export function atExit(cleanUp: () => void): () => void {
  listen();
  undo.add(cleanUp);
  return () => {
    if (undo.delete(cleanUp)) cleanUp();
  };
}

let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  process.once('exit', () => {
    for (const cleanUp of undo) cleanUp();
  });
  // Without a listener a signal ends the process and no `exit` event fires.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(1));
  }
}
