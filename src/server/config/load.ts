/** Finds `bytelyst.config.ts` and runs it as it is: TypeScript needs no build step. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { checkConfig, type ServerConfig } from './check.js';
import { SettingsError } from './settings.js';

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((type) => `bytelyst.config.${type}`);

/** What `import … from '@bytelyst/server'` in a config means, installed there or not. */
const SELF = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js', import.meta.url),
);

/**
 * The config in `named`, else in the current folder, else that of a server without one. Throws a
 * `SettingsError` when it is not there, does not run or does not fit.
 */
export async function loadConfig(named: string | null): Promise<ServerConfig> {
  if (named !== null && !existsSync(named)) {
    throw new SettingsError(`--config takes a file, and there is no ${named}.`);
  }
  const file =
    named === null ? NAMES.map((name) => resolve(name)).find(existsSync) : resolve(named);
  if (file === undefined) return checkConfig({});
  const jiti = createJiti(import.meta.url, {
    alias: { '@bytelyst/server': SELF },
    // What runs is what the file says now, and nothing is left behind.
    fsCache: false,
  });
  const known = new Set(Object.keys(jiti.cache));
  let module: { default?: unknown };
  let loaded: string[] = [];
  try {
    module = await jiti.import(file);
  } catch (cause) {
    throw new SettingsError(`${file} does not run: ${(cause as Error).message}`, { cause });
  } finally {
    loaded = Object.keys(jiti.cache).filter((path) => !known.has(path));
    for (const path of loaded) delete jiti.cache[path];
  }
  // Of a module without one, jiti makes the module itself the default.
  if (!Object.hasOwn(module, 'default')) {
    throw new SettingsError(`${file} has no default export: export default defineConfig({ … }).`);
  }
  return checkConfig(module.default, file, await codeOf(loaded));
}

/** Names what an app's own files say, wherever they stand: nodes of one release agree on it. */
async function codeOf(loaded: readonly string[]): Promise<string> {
  const own = loaded.filter((path) => !/[\\/]node_modules[\\/]/.test(path));
  const texts = await Promise.all(own.map((path) => readFile(path)));
  const hashes = texts.map((text) => createHash('sha256').update(text).digest('hex')).sort();
  return createHash('sha256').update(hashes.join()).digest('base64url');
}
