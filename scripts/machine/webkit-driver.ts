/**
 * WebKitGTK speaks WebDriver through a program of its own, which needs an X display and a session
 * bus: Xvfb and dbus-run-session give it both.
 */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { atExit } from './at-exit.js';

/** Starts WebKitWebDriver on `port`; resolves with the way to stop it once it answers. */
export async function startWebKitDriver(port: number): Promise<() => void> {
  const command = ['--', 'xvfb-run', '-a', '-s', '-screen 0 1440x900x24', 'WebKitWebDriver'];
  const driver = spawn('dbus-run-session', [...command, `--port=${port}`, '--host=127.0.0.1'], {
    // A group of its own, so that one signal also ends Xvfb and the browser.
    detached: true,
    stdio: 'ignore',
    env: {
      ...process.env,
      // As root there is no sandbox to be had, and Xvfb has no GPU.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    },
  });
  let ended = false;
  driver.once('exit', () => (ended = true));
  driver.once('error', () => (ended = true));
  const stop = atExit(() => {
    if (ended || driver.pid === undefined) return;
    try {
      process.kill(-driver.pid, 'SIGTERM');
    } catch {
      // It ended in between.
    }
  });

  const deadline = Date.now() + 30_000;
  while (!(await answers(port))) {
    if (ended || Date.now() > deadline) {
      stop();
      throw new Error(
        'WebKitWebDriver did not start; try: xvfb-run -a WebKitWebDriver --port=4567',
      );
    }
    await delay(100);
  }
  return stop;
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/status`)).ok;
  } catch {
    return false;
  }
}
