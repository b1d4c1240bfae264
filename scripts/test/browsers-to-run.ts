/** Decides which browsers the tests run in, and says so: found, installed, or what is missing. */
import {
  browserAdvice,
  browserNames,
  browserPackages,
  findBrowser,
  type Browser,
  type BrowserName,
} from '../machine/browsers.js';
import { install, mayInstall } from '../machine/debian.js';

/**
 * The browsers asked for (default: all three). Missing ones are installed where that is allowed;
 * otherwise they are left out with advice. Throws when `CI` is set and one is missing, when one
 * that was asked for by name is missing, and when there is none.
 */
export function findBrowsers(asked?: readonly string[]): Browser[] {
  const wanted = asked === undefined ? browserNames : asked.map(browserName);
  const missing = wanted.filter((name) => findBrowser(name) === undefined);
  if (missing.length > 0 && mayInstall()) install(missing.flatMap((name) => browserPackages[name]));

  const found: Browser[] = [];
  const absent: string[] = [];
  for (const name of wanted) {
    const browser = findBrowser(name);
    if (browser === undefined) absent.push(`${name} not found: ${browserAdvice[name]}`);
    else found.push(browser);
  }
  const required = asked !== undefined || process.env['CI'] !== undefined || found.length === 0;
  if (absent.length > 0 && required) throw new Error(absent.join('\n'));
  for (const line of absent) console.warn(`! ${line}`);
  for (const { name, path } of found) console.log(`${name}: ${path}`);
  return found;
}

function browserName(name: string): BrowserName {
  const known = browserNames.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new Error(`Unknown browser "${name}": use ${browserNames.join(', ')}.`);
  }
  return known;
}
